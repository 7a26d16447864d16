"""Every call that Crossdock can make to the Selling Partner API, by the public function that makes it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateways.amazon.sp_api.client import AmazonClient, OrderSearch
from gateways.amazon.sp_api.confirmation import confirmation_of
from gateways.amazon.sp_api.open_account import AmazonAccess, opened_account, opened_subscriptions
from gateways.amazon.sp_api.sign_in import LwaKeys
from gateways.amazon.sp_api.subscription import SubscriptionClient
from gateways.http.client import Conditions
from gateways.secrets import Secret
from gateways.simulator.serving import served
from gateways.simulator.sp_api.server import AmazonServer
from gateways.simulator.sqs import ARN
from gateways.simulator.traffic import HttpAnswer, HttpRequest
from schemas.gateway_requests import ConfirmShipment
from schemas.order import Parcel, ParcelItem
from tests.gateways.simulator.sp_api.accounts import ORDER, US, place

WHEN = datetime(2026, 11, 1, 12, tzinfo=UTC)
ITEMS = tuple(ParcelItem(order_item_id=item.order_item_id, quantity=item.quantity) for item in ORDER.items())
PARCEL = Parcel(
    shipment_id="1",
    shipped_at=WHEN,
    carrier_code="ups",
    carrier_name="UPS",
    shipping_method="Ground",
    tracking_number="1Z999",
    items=ITEMS,
)
INCLUDED = ("BUYER", "RECIPIENT", "PROCEEDS", "PROMOTION", "CANCELLATION", "FULFILLMENT", "PACKAGES", "TAX")
SEARCH = OrderSearch(WHEN.replace(hour=1), WHEN, [US, "A2EUQ1WTGCTBG2"], included=INCLUDED)
XML = "text/xml; charset=UTF-8"


@dataclass
class RecordingAmazon(AmazonServer):
    """An Amazon that records the requests to its API, all of which it holds against Amazon's description."""

    requests: list[str] = field(default_factory=list)

    def _api(self, request: HttpRequest, path: str) -> HttpAnswer:
        self.requests.append(f"{request.method} {request.target}")
        return super()._api(request, path)


@dataclass
class Seller:
    """A seller's clients, and the server that they call."""

    server: RecordingAmazon
    client: AmazonClient
    subscriptions: SubscriptionClient


def keys_of(server: AmazonServer) -> LwaKeys:
    """Return the keys of the seller's application."""
    sign_in = server.sign_in
    return LwaKeys(
        *(Secret("KEY", value, None) for value in (sign_in.client_id, sign_in.client_secret, sign_in.refresh_token))
    )


@contextmanager
def seller() -> Iterator[Seller]:
    """Open the account of a seller with one order, at an Amazon that grants every call."""
    server = RecordingAmazon()
    server.rates.factor = 1e6
    place(server, ORDER)
    with served(server) as url:
        server.url = url
        access, conditions = AmazonAccess(url, url, keys_of(server)), Conditions(calls=2)
        with opened_account(access, conditions) as client, opened_subscriptions(access, conditions) as subscriptions:
            yield Seller(server, client, subscriptions)


def _confirm(one: Seller) -> None:
    one.client.confirm_shipment(ORDER.key, confirmation_of(ConfirmShipment(ORDER.key, US, PARCEL, ITEMS)))


def _feed(one: Seller) -> None:
    document = one.client.create_feed_document(ORDER.key, XML)
    one.client.create_feed(ORDER.key, "POST_ORDER_ACKNOWLEDGEMENT_DATA", [US], document.document_id)


def _subscription(one: Seller) -> None:
    """Make a subscription, find it, and delete it."""
    made = one.subscriptions.subscribe(ARN)
    assert one.subscriptions.find() == made
    one.subscriptions.remove(made)
    assert one.subscriptions.find() is None


CALLS: dict[str, Callable[[Seller], object]] = {
    "amazon.sp_api.client.AmazonClient.confirm_shipment": _confirm,
    "amazon.sp_api.client.AmazonClient.order": lambda one: one.client.order(ORDER.key, INCLUDED),
    "amazon.sp_api.client.AmazonClient.search": lambda one: (
        one.client.search(SEARCH),
        one.client.search(SEARCH._replace(by_creation=True)),
    ),
    "amazon.sp_api.client.AmazonClient.check_access": lambda one: one.client.check_access(INCLUDED),
    "amazon.sp_api.client.AmazonClient.create_feed_document": (
        lambda one: one.client.create_feed_document(ORDER.key, XML)
    ),
    "amazon.sp_api.client.AmazonClient.create_feed": _feed,
    **{
        f"amazon.sp_api.subscription.SubscriptionClient.{name}": _subscription
        for name in ("find", "subscribe", "remove")
    },
}
