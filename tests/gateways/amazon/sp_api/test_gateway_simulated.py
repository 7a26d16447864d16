"""The gateway against the served Amazon: requests are as Amazon describes them, and done once if answers are lost."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from gateways.amazon.sp_api.gateway import AmazonGateway
from gateways.amazon.sp_api.open_account import AmazonAccess, opened_account
from gateways.http.client import Conditions
from gateways.port import Result
from gateways.simulator.serving import served
from gateways.simulator.sp_api.server import AmazonServer
from gateways.simulator.traffic import Trouble
from schemas.errors import RetryableError
from schemas.gateway_requests import (
    Accepted,
    AmazonOrder,
    AmazonRequest,
    CancelAmazonOrder,
    ConfirmShipment,
    GetAmazonOrder,
    RequestRefused,
)
from schemas.order import Parcel, ParcelItem
from schemas.status import AmazonStatus
from tests.gateways.amazon.sp_api.calls import keys_of
from tests.gateways.simulator.sp_api.accounts import US, an_order, place
from tests.harness import SOON

ORDER = an_order()
KEY = ORDER.key
ITEMS = tuple(ParcelItem(order_item_id=item.order_item_id, quantity=item.quantity) for item in ORDER.items())
INCLUDED = ("BUYER", "RECIPIENT", "PROCEEDS", "PROMOTION", "CANCELLATION", "FULFILLMENT", "PACKAGES", "TAX")


@dataclass
class Connected:
    """A served Amazon with one order, and the gateway to it."""

    server: AmazonServer
    gateway: AmazonGateway

    def ask(self, request: AmazonRequest) -> Result:
        """Return the result of a request."""
        return self.gateway.start([request])[0].result(SOON)

    def ask_until_done(self, request: AmazonRequest) -> Result:
        """Repeat a request until it has no transient failure, as a worker does."""
        while isinstance(result := self.ask(request), RetryableError):
            pass
        return result


@contextmanager
def connected() -> Iterator[Connected]:
    """Connect to a served Amazon that grants every call; every request has to be as Amazon describes it."""
    server = AmazonServer()
    server.rates.factor = 1e6
    place(server, ORDER)
    with (
        served(server) as url,
        opened_account(AmazonAccess(url, url, keys_of(server)), Conditions(calls=4)) as client,
    ):
        server.url = url
        yield Connected(server, AmazonGateway(client, server.seller_id, INCLUDED))
    assert not server.violations


@pytest.fixture
def amazon() -> Iterator[Connected]:
    with connected() as opened:
        yield opened


def parcel(number: int = 1) -> Parcel:
    return Parcel(
        shipment_id=str(number),
        shipped_at=datetime(2026, 11, 1, 12, tzinfo=UTC),
        carrier_code="ups",
        shipping_method="Ground",
        tracking_number="1Z999",
        items=ITEMS,
    )


def test_an_order_is_read_as_it_was_placed(amazon: Connected) -> None:
    answer = amazon.ask(GetAmazonOrder(KEY, US))
    assert isinstance(answer, AmazonOrder)
    placed = ORDER.paid(AmazonStatus.UNSHIPPED, 1)
    assert (answer.report.items, answer.report.order_total) == (placed.items, placed.order_total)
    assert (answer.report.buyer, answer.report.shipping_address) == (placed.buyer, placed.shipping_address)


def test_a_parcel_is_confirmed_once(amazon: Connected) -> None:
    request = ConfirmShipment(KEY, US, parcel(), ITEMS)
    assert amazon.ask(request) == Accepted("Shipment 1 is confirmed")
    assert amazon.ask(request) == Accepted("Shipment 1 is confirmed")
    order = amazon.server.marketplace.orders[KEY[1]]
    assert (order.facts.status, len(order.packages)) == (AmazonStatus.SHIPPED, 1)
    another = parcel(2).model_copy(update={"tracking_number": "x"})
    assert isinstance(amazon.ask(ConfirmShipment(KEY, US, another, ITEMS)), RequestRefused)


def test_an_order_is_canceled_by_a_feed(amazon: Connected) -> None:
    request = CancelAmazonOrder(KEY, "NoInventory", tuple(item.order_item_id for item in ITEMS))
    assert amazon.ask(request) == Accepted("Amazon will cancel the order")
    assert amazon.server.marketplace.orders[KEY[1]].facts.status is AmazonStatus.CANCELED
    assert amazon.ask(request) == Accepted("Amazon has canceled the order before")


def test_lost_answers_and_throttled_calls_confirm_nothing_twice(amazon: Connected) -> None:
    orders = [place(amazon.server, an_order(number)) for number in range(2, 22)]
    amazon.server.trouble = Trouble(throttled=0.2, lost=0.3, chance=random.Random(3))
    for order in orders:
        items = tuple(ParcelItem(order_item_id=i.order_item_id, quantity=i.quantity) for i in order.items())
        sent = parcel().model_copy(update={"items": items})
        assert isinstance(amazon.ask_until_done(ConfirmShipment(order.key, US, sent, items)), Accepted)
    kept = [amazon.server.marketplace.orders[order.amazon_order_id] for order in orders]
    assert {(order.facts.status, len(order.packages)) for order in kept} == {(AmazonStatus.SHIPPED, 1)}
    assert all(order.confirmed == order.ordered for order in kept)
