"""Events in a served world without Crossdock: buyers order at Amazon, and the shop's staff ship parcels."""

from collections.abc import Sequence
from typing import Any

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

    def ship(self, parcel: CommerceShipped) -> CommerceShipped | None:
        """Ship a parcel in the shop; return it with the shop's id of the shipment, None while there is no order."""
        body = {
            "amazon_order_id": parcel.amazon_order_id,
            "tracking_number": parcel.tracking_number,
            "carrier_code": parcel.carrier_code,
            "items": parcel.items and {item.order_item_id: item.quantity for item in parcel.items},
        }
        answers = frozenset({404})
        reply = self._commerce.call(Call("ship", "POST", "/control/ship", body=body, answers=answers))
        if reply.status == 404:
            return None
        return parcel.model_copy(update={"shipment_id": str(reply.data["shipment_id"])})

    def books(self) -> tuple[Any, Any]:
        """Return the books of Commerce and of Amazon."""
        read = Call("read the books", "GET", "/control/books")
        return self._commerce.call(read).data, self._amazon.call(read).data
