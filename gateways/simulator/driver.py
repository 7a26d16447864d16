"""Events in a served world without Crossdock: buyers order at Amazon, and the shop's staff ship parcels."""

import json
from collections.abc import Sequence
from time import time
from typing import Any

from gateways.commerce.webhook import SIGNATURE, signature_of
from gateways.errors import CallFailedError, CallRefusedError
from gateways.http.call import Call
from gateways.http.client import HttpClient
from schemas.payloads import AmazonReport, CommerceShipped


class WorldDriver:
    """Acts by the simulators' control addresses, which meet no trouble."""

    def __init__(self, commerce: HttpClient, amazon: HttpClient) -> None:
        """Act at these two simulators."""
        self._commerce = commerce
        self._amazon = amazon

    def report(self, reports: Sequence[AmazonReport]) -> None:
        """Place and change orders at Amazon."""
        body = [report.model_dump(mode="json", exclude_none=True) for report in reports]
        self._amazon.call(Call("place orders", "POST", "/control/reports", body=body))

    def ship(self, parcel: CommerceShipped) -> int | None:
        """Ship a parcel in the shop; return the shop's id of the shipment, None while there is no order."""
        body = {
            "amazon_order_id": parcel.amazon_order_id,
            "tracking_number": parcel.tracking_number,
            "carrier_code": parcel.carrier_code,
            "items": parcel.items and {item.order_item_id: item.quantity for item in parcel.items},
        }
        answers = frozenset({404})
        reply = self._commerce.call(Call("ship", "POST", "/control/ship", body=body, answers=answers))
        return None if reply.status == 404 else int(reply.data["shipment_id"])

    def books(self) -> tuple[Any, Any]:
        """Return the books of Commerce and of Amazon."""
        read = Call("read the books", "GET", "/control/books")
        return self._commerce.call(read).data, self._amazon.call(read).data


class ShopWebhook:
    """The shop's own webhook: reports a shipment once, whether it is received or not."""

    def __init__(self, crossdock: HttpClient, secret: str) -> None:
        """Report to the intake at *crossdock*, signed with the shared secret."""
        self._crossdock = crossdock
        self._secret = secret

    def tell(self, shipment_id: int) -> bool:
        """Report a shipment; return whether the intake received it."""
        body = json.dumps({"id": f"shipment-{shipment_id}", "shipments": [shipment_id]}).encode()
        headers = {SIGNATURE: signature_of(body, self._secret, time()), "Content-Type": "application/json"}
        try:
            self._crossdock.call(Call("report a shipment", "POST", "/commerce/webhook", content=body, headers=headers))
        except (CallFailedError, CallRefusedError):
            return False
        return True
