"""commerce.shipped and shipment.confirmation_requested: parcels, line by line, confirmed to Amazon as they are."""

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
    order_context,
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
    world.gateways.amazon.place([placed(items=tuple(items))])
    world.publish(a_report("Unshipped", items=tuple(items)))
    assert world.order().import_state is ImportState.IMPORTED
    return world


def _confirmed(world: World) -> dict[str, dict[str, int]]:
    return {parcel: {item.order_item_id: item.quantity for item in items} for parcel, items in world.confirmed.items()}


def test_a_parcel_before_its_order_is_deferred() -> None:
    assert decide(order_context(), shipped()).defer
    world = World()
    world.publish(shipped())
    world.publish(a_report("Unshipped"))
    assert [parcel.shipment_id for parcel in world.order().parcels] == ["parcel-1"]


def test_a_parcel_of_everything_ships_the_order_and_requests_the_confirmation() -> None:
    decision = decide(order_context(an_imported_order()), shipped())
    assert decision.order is not None
    assert decision.order.status is Status.SHIPPED
    assert decision.order.completable
    assert decision.note == "Status updated to Shipped."
    assert decision.follow_ups == (
        payloads.OrderShipped(**KEY, shipment_id="parcel-1", status=Status.SHIPPED),
        ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1"),
    )


def test_quantities_are_counted_line_by_line() -> None:
    world = _world(2, 3)
    world.publish(shipped("a", 60, items={"item-1": 2, "item-2": 1}))
    assert world.order().status is Status.PARTIALLY_SHIPPED
    assert shipped_quantities(world.order()) == {"item-1": 2, "item-2": 1}
    assert not world.order().completable
    world.publish(shipped("b", 61, items={"item-2": 2}))
    assert world.order().status is Status.SHIPPED
    assert _confirmed(world) == {"a": {"item-1": 2, "item-2": 1}, "b": {"item-2": 2}}


def test_a_parcel_without_items_contains_everything_that_is_left() -> None:
    world = _world(2, 3)
    world.publish(shipped("a", 60, items={"item-1": 1}), shipped("b", 61))
    assert _confirmed(world)["b"] == {"item-1": 1, "item-2": 3}
    assert world.order().status is Status.SHIPPED


def test_a_late_parcel_takes_its_items_from_a_parcel_of_everything() -> None:
    world = _world(3)
    world.publish(shipped("b", 61))
    assert _confirmed(world) == {"b": {"item-1": 3}}
    world.publish(shipped("a", 60, items={"item-1": 1}))
    assert _confirmed(world) == {"a": {"item-1": 1}, "b": {"item-1": 2}}
    assert world.rejected == []


def test_a_repeated_parcel_changes_nothing() -> None:
    world = _world(1)
    world.publish(shipped())
    before = world.order()
    world.publish(shipped())
    assert world.order() == before
    assert world.history[-1] == "Shipment parcel-1 changed nothing."


def test_an_edited_parcel_is_confirmed_again() -> None:
    world = _world(2)
    world.publish(shipped(items={"item-1": 1}))
    world.publish(shipped(minutes=65, items={"item-1": 2}, tracking_number="TRACK-2"))
    (market,) = world.gateways.amazon.orders()
    parcel = market.parcels["parcel-1"]
    assert (parcel.confirmations, parcel.tracking_number) == (2, "TRACK-2")
    assert parcel.items == (ParcelItem(order_item_id="item-1", quantity=2),)


def test_an_older_version_of_a_parcel_reverses_no_edit() -> None:
    world = _world(1)
    world.publish(shipped(minutes=65, tracking_number="TRACK-2"), shipped(minutes=60))
    assert world.order().parcels[0].tracking_number == "TRACK-2"


def test_no_parcel_contains_more_than_was_ordered() -> None:
    world = _world(3)
    world.publish(shipped("b", 61, items={"item-1": 2}), shipped("a", 60, items={"item-1": 2}))
    packed = {name: [item.quantity for item in items] for name, items in contents(world.order()).items()}
    assert packed == {"a": [2], "b": [1]}
    assert _confirmed(world) == {"a": {"item-1": 2}, "b": {"item-1": 1}}
    assert world.rejected == []


def test_a_parcel_with_unknown_items_is_added_and_rejected_by_name() -> None:
    decision = decide(order_context(an_imported_order()), shipped(items={"item-9": 1}))
    assert decision.rejection == (
        "Shipment parcel-1 has items that the order lacks: item-9."
        " Publish an Amazon report with these items, or the shipment without them and with a later shipped_at."
    )
    assert decision.order is not None
    assert (decision.order.status, decision.order.note) == (Status.UNSHIPPED, decision.rejection)
    assert not any(isinstance(payload, ShipmentConfirmationRequested) for payload in decision.follow_ups)
    assert decide(order_context(decision.order), shipped(items={"item-9": 1})).rejection == decision.rejection


@pytest.mark.parametrize("arrival", list(permutations("ABC")))
def test_a_parcel_may_arrive_before_the_report_of_its_items(arrival: tuple[str, ...]) -> None:
    both = (an_item(1), an_item(2))
    events: dict[str, Payload] = {
        "A": placed(),
        "B": changed("Unshipped", items=both, shipping_address=HOME, order_total=usd("20.00")),
        "C": shipped(items={"item-1": 1, "item-2": 1}),
    }
    world = World()
    world.stock(*(Product(sku=item.seller_sku, name="Product", quantity=100) for item in both))
    world.gateways.amazon.place([placed(items=both)])
    world.publish(*(events[name] for name in arrival))
    assert world.rejected == []
    assert (world.order().status, world.order().import_state) == (Status.SHIPPED, ImportState.IMPORTED)
    assert _confirmed(world) == {"parcel-1": {"item-1": 1, "item-2": 1}}


def test_a_parcel_of_a_wrong_item_is_resolved_by_a_later_version_without_it() -> None:
    world = _world(1)
    world.publish(shipped(items={"item-9": 1}))
    assert len(world.rejected) == 1
    world.publish(shipped(minutes=61, items={"item-1": 1}))
    assert world.rejected == []
    assert _confirmed(world) == {"parcel-1": {"item-1": 1}}


def test_a_reason_names_three_items_and_counts_the_others() -> None:
    strangers = {f"item-{number}": 1 for number in range(2, 6002)}
    decision = decide(order_context(an_imported_order()), shipped(items={"item-1": 1} | strangers))
    assert decision.rejection is not None
    assert "item-2, item-3, item-4 and 5,997 more" in decision.rejection
    assert len(decision.rejection) < 300
    three = decide(order_context(an_imported_order()), shipped(items=dict(list(strangers.items())[:3])))
    assert three.rejection is not None
    assert "more" not in three.rejection


def test_a_parcel_after_the_cancellation_is_called_back_and_not_confirmed() -> None:
    decision = decide(order_context(an_imported_order("Canceled")), shipped())
    assert decision.order is not None
    assert decision.order.status is Status.CANCELED
    assert decision.note is not None
    assert "call the parcel back" in decision.note
    assert not any(isinstance(payload, ShipmentConfirmationRequested) for payload in decision.follow_ups)


def test_a_parcel_is_confirmed_only_once_the_order_is_unshipped() -> None:
    pending = an_order("Pending")
    decision = decide(order_context(pending), shipped())
    assert not any(isinstance(payload, ShipmentConfirmationRequested) for payload in decision.follow_ups)
    world = World()
    world.publish(placed(), shipped(), changed("Unshipped", 70))
    assert list(world.confirmed) == ["parcel-1"]


def test_a_parcel_of_an_fba_order_is_not_confirmed() -> None:
    decision = decide(order_context(an_order("Shipped", fulfillment_channel=Channel.AFN)), shipped())
    assert not any(isinstance(payload, ShipmentConfirmationRequested) for payload in decision.follow_ups)


def test_a_repeated_confirmation_request_changes_nothing() -> None:
    world = _world(1)
    world.publish(shipped())
    before, published = world.order(), list(world.published)
    world.publish(ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1"))
    assert (world.order(), world.published) == (before, published)
    assert world.history[-1] == "Shipment parcel-1 was confirmed to Amazon before."


def test_an_overtaken_confirmation_is_replaced_by_the_later_version() -> None:
    world = _world(1)
    request = ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1")
    world.handle(shipped())
    late = ask(world.context(request), request, ())
    assert late is not None
    world.publish(shipped(minutes=90, tracking_number="TRACK-2"))
    world.gateways.perform([late])
    world.publish(request)
    (market,) = world.gateways.amazon.orders()
    assert market.parcels["parcel-1"].tracking_number == "TRACK-2"


def test_a_parcel_that_changes_during_its_confirmation_is_confirmed_again() -> None:
    world = _world(2)
    world.handle(shipped(items={"item-1": 1}))
    (request,) = (event for event in world.queue if isinstance(event, ShipmentConfirmationRequested))
    world.queue.clear()
    world.handle(request, meanwhile=[shipped(minutes=61, items={"item-1": 2})])
    world.drain()
    assert _confirmed(world) == {"parcel-1": {"item-1": 2}}
    assert world.order().parcels[0].confirmed_items == (ParcelItem(order_item_id="item-1", quantity=2),)


def test_a_refused_confirmation_is_rejected_with_the_reason_and_no_reminder() -> None:
    order = decide(order_context(an_imported_order()), shipped()).order
    decision = confirm(
        order_context(order),
        ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1"),
        (RequestRefused("unknown carrier"),),
    )
    assert decision.rejection == "Amazon refused shipment parcel-1: unknown carrier"
    assert decision.order is not None
    assert decision.order.parcels[0].confirmed_items is None
    assert decision.suppress_reminder


def test_a_refused_parcel_is_requested_again_when_it_is_corrected() -> None:
    order = decide(order_context(an_imported_order()), shipped()).order
    corrected = decide(order_context(order), shipped(minutes=65, carrier_code="FedEx"))
    assert ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1") in corrected.follow_ups


def test_a_confirmation_without_an_order_is_rejected() -> None:
    assert confirm(order_context(), ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1"), ()).rejection


@pytest.mark.parametrize("first", [0, 1])
def test_the_parcel_that_arrives_first_makes_no_difference(first: int) -> None:
    events: list[CommerceShipped] = [shipped("a", 60, items={"item-1": 1}), shipped("b", 61)]
    world = _world(2)
    world.publish(events[first], events[1 - first])
    assert _confirmed(world) == {"a": {"item-1": 1}, "b": {"item-1": 1}}


def test_the_confirmation_has_carrier_tracking_number_and_contents() -> None:
    order = decide(order_context(an_imported_order()), shipped()).order
    assert order is not None
    request = ask(order_context(order), ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1"), ())
    assert isinstance(request, ConfirmShipment)
    assert (request.parcel.carrier_code, request.parcel.tracking_number) == ("UPS", "TRACK-parcel-1")
    assert request.items == (ParcelItem(order_item_id="item-1", quantity=1),)
    assert request.parcel.shipped_at == at(60)
