"""The simulated Amazon takes parcels and cancellations as Amazon does."""

import pytest

from gateways.simulator.amazon import SimulatedAmazon
from gateways.simulator.amazon_orders import package_reference_id
from schemas.amazon_report import Item
from schemas.gateway_requests import Accepted, CancelAmazonOrder, RequestRefused
from schemas.order import CANCEL_REASONS
from schemas.payloads import OrderPlaced, StatusChanged
from schemas.status import AmazonStatus, Channel
from tests.gateways.simulator.memory import MemoryDocumentStore
from tests.gateways.simulator.requests import KEY, NOW, OTHER_KEY, confirmation


def placed(channel: Channel = Channel.MFN, quantity: int = 3) -> OrderPlaced:
    return OrderPlaced(
        store_id=KEY[0],
        amazon_order_id=KEY[1],
        purchase_date=NOW,
        last_update_date=NOW,
        marketplace_id="ATVPDKIKX0DER",
        fulfillment_channel=channel,
        items=(Item(order_item_id="1", seller_sku="MUG", quantity=quantity),),
    )


@pytest.fixture
def amazon(documents: MemoryDocumentStore) -> SimulatedAmazon:
    return SimulatedAmazon(documents, clock=lambda: NOW)


def test_a_parcel_confirmed_again_is_edited_and_counted(amazon: SimulatedAmazon) -> None:
    amazon.place([placed()])
    answers = amazon.perform([confirmation("SHIP-1", 1), confirmation("SHIP-2", 1), confirmation("SHIP-1", 2)])
    assert all(isinstance(answer, Accepted) for answer in answers)
    order = amazon.find([KEY])[KEY]
    assert {shipment: parcel.confirmations for shipment, parcel in order.parcels.items()} == {"SHIP-1": 2, "SHIP-2": 1}
    assert order.confirmed == {"1": 3}


def test_a_higher_quantity_than_ordered_is_refused(amazon: SimulatedAmazon) -> None:
    amazon.place([placed(quantity=3)])
    answers = amazon.perform([confirmation("SHIP-1", 2), confirmation("SHIP-2", 2)])
    assert answers[1] == RequestRefused("more pieces of order item 1 are confirmed than were ordered")
    assert amazon.find([KEY])[KEY].confirmed == {"1": 2}


def test_an_item_that_was_not_ordered_is_refused(amazon: SimulatedAmazon) -> None:
    amazon.place([placed()])
    answer = amazon.perform([confirmation("SHIP-1", 1, order_item_id="9")])[0]
    assert isinstance(answer, RequestRefused)


def test_parcels_of_orders_placed_elsewhere_are_accepted(amazon: SimulatedAmazon) -> None:
    assert isinstance(amazon.perform([confirmation("SHIP-1", 5, key=OTHER_KEY)])[0], Accepted)
    assert [order.key for order in amazon.orders()] == [OTHER_KEY]


def test_amazons_own_shipments_are_neither_confirmed_nor_canceled(amazon: SimulatedAmazon) -> None:
    amazon.place([placed(Channel.AFN)])
    answers = amazon.perform([confirmation("SHIP-1", 1), CancelAmazonOrder(KEY, "NoInventory", ("1",))])
    assert [type(answer) for answer in answers] == [RequestRefused, RequestRefused]


def test_a_cancellation_is_reported_until_it_was_published(amazon: SimulatedAmazon) -> None:
    amazon.place([placed()])
    assert amazon.events_due() == []
    assert isinstance(amazon.perform([CancelAmazonOrder(KEY, "BuyerCanceled", ("1",))])[0], Accepted)
    canceled = StatusChanged(
        store_id=KEY[0], amazon_order_id=KEY[1], status=AmazonStatus.CANCELED, last_update_date=NOW
    )
    assert amazon.events_due() == [canceled]
    assert amazon.events_due() == [canceled]
    amazon.reported([KEY])
    amazon.perform([CancelAmazonOrder(KEY, "NoInventory", ("1",))])
    assert amazon.events_due() == []
    assert amazon.find([KEY])[KEY].cancel_reason == "BuyerCanceled"


def test_a_canceled_order_accepts_no_parcel_and_a_shipped_one_no_cancellation(amazon: SimulatedAmazon) -> None:
    cancel, cancel_other = (CancelAmazonOrder(key, "NoInventory", ("1",)) for key in (KEY, OTHER_KEY))
    answers = amazon.perform(
        [cancel, confirmation("SHIP-1", 1), confirmation("SHIP-2", 1, key=OTHER_KEY), cancel_other]
    )
    assert [type(answer) for answer in answers] == [Accepted, RequestRefused, Accepted, RequestRefused]


def test_an_unknown_reason_is_refused_with_the_valid_ones(amazon: SimulatedAmazon) -> None:
    answer = amazon.perform([CancelAmazonOrder(KEY, "Bored", ("1",))])[0]
    assert isinstance(answer, RequestRefused)
    assert all(reason in answer.reason for reason in {"Bored", *CANCEL_REASONS})
    assert amazon.orders() == []


def test_placing_an_order_again_keeps_its_state(amazon: SimulatedAmazon) -> None:
    amazon.place([placed()])
    amazon.perform([confirmation("SHIP-1", 1)])
    amazon.place([placed()])
    assert list(amazon.find([KEY])[KEY].parcels) == ["SHIP-1"]


def test_package_references_are_digits_and_unique_to_a_shipment() -> None:
    references = [package_reference_id(f"SHIP-{n}") for n in range(1000)]
    assert len(set(references)) == 1000
    assert all(reference.isdecimal() for reference in references)
    assert package_reference_id("SHIP-7") == references[7]
