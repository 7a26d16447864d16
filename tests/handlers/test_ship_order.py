"""commerce.shipped and what follows: parcels, line by line, told to Amazon as they are."""

from itertools import permutations

import pytest

from handlers.confirm_shipment import ask
from handlers.confirm_shipment import decide as confirm
from handlers.rules.parcels import contents, shipped_quantities
from handlers.ship_order import decide
from schemas import payloads
from schemas.gateway_requests import ConfirmShipment, RequestRefused
from schemas.order import ParcelItem
from schemas.payloads import CommerceShipped, Payload, ShipmentConfirmationRequested
from schemas.product import Product
from schemas.status import Channel, ImportState, Status
from tests.builders import (
    HOME,
    KEY,
    a_report,
    an_imported_order,
    an_item,
    an_order,
    at,
    changed,
    known,
    placed,
    shipped,
    usd,
)
from tests.handlers.world import World


def _world(*quantities: int) -> World:
    """Return a world with an imported order of these quantities."""
    world = World()
    items = [an_item(number, quantity=quantity) for number, quantity in enumerate(quantities, start=1)]
    world.stock(*(Product(sku=item.seller_sku, name="Product", quantity=100) for item in items))
    world.outside.amazon.place([placed(items=tuple(items))])
    world.tell(a_report("Unshipped", items=tuple(items)))
    assert world.order().import_state is ImportState.IMPORTED
    return world


def _told(world: World) -> dict[str, dict[str, int]]:
    return {parcel: {item.order_item_id: item.quantity for item in items} for parcel, items in world.confirmed.items()}


def test_a_parcel_before_its_order_waits_for_it() -> None:
    assert decide(known(), shipped()).defer
    world = World()
    world.tell(shipped())
    world.tell(a_report("Unshipped"))
    assert [parcel.shipment_id for parcel in world.order().parcels] == ["parcel-1"]


def test_a_parcel_of_everything_ships_the_order_and_is_told_to_amazon() -> None:
    decision = decide(known(an_imported_order()), shipped())
    assert decision.order is not None
    assert decision.order.status is Status.SHIPPED
    assert decision.order.completable
    assert decision.note == "Status updated to Shipped."
    assert decision.follow_ups == (
        payloads.OrderShipped(**KEY, shipment_id="parcel-1", status=Status.SHIPPED),
        ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1"),
    )


def test_pieces_are_counted_line_by_line() -> None:
    world = _world(2, 3)
    world.tell(shipped("a", 60, items={"item-1": 2, "item-2": 1}))
    assert world.order().status is Status.PARTIALLY_SHIPPED
    assert shipped_quantities(world.order()) == {"item-1": 2, "item-2": 1}
    assert not world.order().completable
    world.tell(shipped("b", 61, items={"item-2": 2}))
    assert world.order().status is Status.SHIPPED
    assert _told(world) == {"a": {"item-1": 2, "item-2": 1}, "b": {"item-2": 2}}


def test_a_parcel_without_items_holds_everything_that_is_left() -> None:
    world = _world(2, 3)
    world.tell(shipped("a", 60, items={"item-1": 1}), shipped("b", 61))
    assert _told(world)["b"] == {"item-1": 1, "item-2": 3}
    assert world.order().status is Status.SHIPPED


def test_a_parcel_of_everything_gives_back_what_a_late_parcel_turns_out_to_hold() -> None:
    world = _world(3)
    world.tell(shipped("b", 61))
    assert _told(world) == {"b": {"item-1": 3}}
    world.tell(shipped("a", 60, items={"item-1": 1}))
    assert _told(world) == {"a": {"item-1": 1}, "b": {"item-1": 2}}
    assert world.rejected == []


def test_a_parcel_told_again_changes_nothing() -> None:
    world = _world(1)
    world.tell(shipped())
    before = world.order()
    world.tell(shipped())
    assert world.order() == before
    assert world.history[-1] == "Shipment parcel-1 was known."


def test_a_parcel_that_was_edited_is_told_to_amazon_again() -> None:
    world = _world(2)
    world.tell(shipped(items={"item-1": 1}))
    world.tell(shipped(minutes=65, items={"item-1": 2}, tracking_number="TRACK-2"))
    (market,) = world.outside.amazon.orders()
    parcel = market.parcels["parcel-1"]
    assert (parcel.times_told, parcel.tracking_number) == (2, "TRACK-2")
    assert parcel.items == (ParcelItem(order_item_id="item-1", quantity=2),)


def test_an_older_telling_of_a_parcel_does_not_take_an_edit_back() -> None:
    world = _world(1)
    world.tell(shipped(minutes=65, tracking_number="TRACK-2"), shipped(minutes=60))
    assert world.order().parcels[0].tracking_number == "TRACK-2"


def test_no_parcel_holds_more_than_was_ordered() -> None:
    world = _world(3)
    world.tell(shipped("b", 61, items={"item-1": 2}), shipped("a", 60, items={"item-1": 2}))
    packed = {name: [item.quantity for item in items] for name, items in contents(world.order()).items()}
    assert packed == {"a": [2], "b": [1]}
    assert _told(world) == {"a": {"item-1": 2}, "b": {"item-1": 1}}
    assert world.rejected == []


def test_a_parcel_with_unknown_items_is_kept_and_rejected_by_name() -> None:
    decision = decide(known(an_imported_order()), shipped(items={"item-9": 1}))
    assert decision.rejection == (
        "Shipment parcel-1 names items that the order does not have: item-9;"
        " it waits for a report that brings them, or for a telling of the shipment without them and a later shipped_at."
    )
    assert decision.order is not None
    assert (decision.order.status, decision.order.note) == (Status.UNSHIPPED, decision.rejection)
    assert not any(isinstance(payload, ShipmentConfirmationRequested) for payload in decision.follow_ups)
    assert decide(known(decision.order), shipped(items={"item-9": 1})).rejection == decision.rejection


@pytest.mark.parametrize("arrival", list(permutations("ABC")))
def test_a_parcel_may_come_before_the_report_that_tells_its_items(arrival: tuple[str, ...]) -> None:
    both = (an_item(1), an_item(2))
    told: dict[str, Payload] = {
        "A": placed(),
        "B": changed("Unshipped", items=both, shipping_address=HOME, order_total=usd("20.00")),
        "C": shipped(items={"item-1": 1, "item-2": 1}),
    }
    world = World()
    world.stock(*(Product(sku=item.seller_sku, name="Product", quantity=100) for item in both))
    world.outside.amazon.place([placed(items=both)])
    world.tell(*(told[name] for name in arrival))
    assert world.rejected == []
    assert (world.order().status, world.order().import_state) == (Status.SHIPPED, ImportState.IMPORTED)
    assert _told(world) == {"parcel-1": {"item-1": 1, "item-2": 1}}


def test_a_parcel_of_a_wrong_item_is_settled_by_a_later_telling_without_it() -> None:
    world = _world(1)
    world.tell(shipped(items={"item-9": 1}))
    assert len(world.rejected) == 1
    world.tell(shipped(minutes=61, items={"item-1": 1}))
    assert world.rejected == []
    assert _told(world) == {"parcel-1": {"item-1": 1}}


def test_a_reason_names_three_items_and_counts_the_others() -> None:
    strangers = {f"item-{number}": 1 for number in range(2, 6002)}
    decision = decide(known(an_imported_order()), shipped(items={"item-1": 1} | strangers))
    assert decision.rejection is not None
    assert "item-2, item-3, item-4 and 5,997 more" in decision.rejection
    assert len(decision.rejection) < 300
    three = decide(known(an_imported_order()), shipped(items=dict(list(strangers.items())[:3])))
    assert three.rejection is not None
    assert "more" not in three.rejection


def test_a_parcel_that_leaves_after_the_cancellation_is_called_back_and_not_told() -> None:
    decision = decide(known(an_imported_order("Canceled")), shipped())
    assert decision.order is not None
    assert decision.order.status is Status.CANCELED
    assert decision.note is not None
    assert "call the parcel back" in decision.note
    assert not any(isinstance(payload, ShipmentConfirmationRequested) for payload in decision.follow_ups)


def test_a_parcel_is_told_only_once_amazon_has_verified_the_order() -> None:
    pending = an_order("Pending")
    decision = decide(known(pending), shipped())
    assert not any(isinstance(payload, ShipmentConfirmationRequested) for payload in decision.follow_ups)
    world = World()
    world.tell(placed(), shipped(), changed("Unshipped", 70))
    assert list(world.confirmed) == ["parcel-1"]


def test_a_parcel_of_an_fba_order_is_not_told_to_amazon() -> None:
    decision = decide(known(an_order("Shipped", fulfillment_channel=Channel.AFN)), shipped())
    assert not any(isinstance(payload, ShipmentConfirmationRequested) for payload in decision.follow_ups)


def test_a_confirmation_that_is_asked_again_changes_nothing() -> None:
    world = _world(1)
    world.tell(shipped())
    before, said = world.order(), list(world.said)
    world.tell(ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1"))
    assert (world.order(), world.said) == (before, said)
    assert world.history[-1] == "Shipment parcel-1 was known to Amazon."


def test_a_telling_that_a_later_one_overtook_on_its_way_to_amazon_does_not_last() -> None:
    world = _world(1)
    request = ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1")
    world.deliver(shipped())
    late = ask(world.known(request), request, ())
    assert late is not None
    world.tell(shipped(minutes=90, tracking_number="TRACK-2"))
    world.outside.perform([late])
    world.tell(request)
    (market,) = world.outside.amazon.orders()
    assert market.parcels["parcel-1"].tracking_number == "TRACK-2"


def test_a_parcel_that_changes_while_amazon_is_told_is_told_again() -> None:
    world = _world(2)
    world.deliver(shipped(items={"item-1": 1}))
    (asked,) = (event for event in world.queue if isinstance(event, ShipmentConfirmationRequested))
    world.queue.clear()
    world.deliver(asked, meanwhile=[shipped(minutes=61, items={"item-1": 2})])
    world.settle()
    assert _told(world) == {"parcel-1": {"item-1": 2}}
    assert world.order().parcels[0].confirmed_items == (ParcelItem(order_item_id="item-1", quantity=2),)


def test_a_refused_confirmation_is_left_to_a_person_with_the_reason() -> None:
    order = decide(known(an_imported_order()), shipped()).order
    decision = confirm(
        known(order), ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1"), (RequestRefused("unknown carrier"),)
    )
    assert decision.rejection == "Amazon refused shipment parcel-1: unknown carrier"
    assert decision.order is not None
    assert decision.order.parcels[0].confirmed_items is None
    assert decision.suppress_reminder


def test_a_parcel_that_was_refused_and_then_corrected_is_asked_for_again() -> None:
    order = decide(known(an_imported_order()), shipped()).order
    corrected = decide(known(order), shipped(minutes=65, carrier_code="FedEx"))
    assert ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1") in corrected.follow_ups


def test_a_confirmation_without_an_order_is_rejected() -> None:
    assert confirm(known(), ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1"), ()).rejection


@pytest.mark.parametrize("first", [0, 1])
def test_the_first_parcel_to_come_makes_no_difference(first: int) -> None:
    told: list[CommerceShipped] = [shipped("a", 60, items={"item-1": 1}), shipped("b", 61)]
    world = _world(2)
    world.tell(told[first], told[1 - first])
    assert _told(world) == {"a": {"item-1": 1}, "b": {"item-1": 1}}


def test_amazon_is_told_carrier_tracking_and_contents() -> None:
    order = decide(known(an_imported_order()), shipped()).order
    assert order is not None
    request = ask(known(order), ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1"), ())
    assert isinstance(request, ConfirmShipment)
    assert (request.parcel.carrier_code, request.parcel.tracking_number) == ("UPS", "TRACK-parcel-1")
    assert request.items == (ParcelItem(order_item_id="item-1", quantity=1),)
    assert request.parcel.shipped_at == at(60)
