"""The shipment reader: a shipment of Commerce becomes a parcel of the Amazon order, once it has its tracking number."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gateways.simulator.traffic import Trouble
from operations.store_changes import change_store
from schemas.dead_letters import LetterFilter
from schemas.errors import RetryableError
from schemas.gateway_requests import CompleteOrder
from schemas.order import Parcel
from tests.builders import STORE_ID
from tests.doubles import watched
from tests.harness import Pipeline
from tests.letters import LaterClock
from tests.workers.commerce import AMAZON_ORDER, KEY, ShopIntake, record_order, shop_intake, track
from workers.process.parts import Parts
from workers.shipment_reader import MISSING_TRIES


@pytest.fixture
def intake(parts: Parts) -> Iterator[ShopIntake]:
    with shop_intake(parts) as opened:
        yield opened


def notify(intake: ShopIntake, *shipment_ids: int) -> None:
    with intake.parts.ledger.begin() as work:
        work.changed_shipments.put(shipment_ids, timedelta(0))


def parcels(pipeline: Pipeline) -> tuple[Parcel, ...]:
    pipeline.drain()
    return pipeline.order(AMAZON_ORDER).parcels


def test_a_shipment_is_a_parcel_with_amazons_items_and_the_track(intake: ShopIntake, pipeline: Pipeline) -> None:
    record_order(pipeline)
    notify(intake, intake.ship(items=[{"order_item_id": 1, "qty": 2}], tracks=[track()]))
    assert intake.reader.turn()
    assert not intake.reader.turn()
    (parcel,) = parcels(pipeline)
    assert (parcel.shipment_id, parcel.tracking_number, parcel.carrier_code) == ("1", "1Z-1", "ups")
    assert [(item.order_item_id, item.quantity) for item in parcel.items or ()] == [("item-1", 2)]
    assert intake.waiting() == 0


def test_shipments_that_are_read_together_take_two_calls(intake: ShopIntake, pipeline: Pipeline) -> None:
    record_order(pipeline)
    ids = [intake.ship(items=[{"order_item_id": 1, "qty": 1}], tracks=[track(f"1Z-{n}")]) for n in range(3)]
    notify(intake, *ids)
    before = intake.connected.server.calls
    assert intake.reader.turn()
    assert intake.connected.server.calls == before + 2
    assert len(parcels(pipeline)) == 3


def test_a_shipment_is_read_again_until_it_has_its_track(
    intake: ShopIntake, pipeline: Pipeline, clock: LaterClock
) -> None:
    record_order(pipeline)
    shipment_id = intake.ship()
    notify(intake, shipment_id)
    assert intake.reader.turn()
    assert (parcels(pipeline), intake.waiting()) == ((), 1)
    intake.add_track(shipment_id, "1Z-LATE")
    clock.pass_time(minutes=1)
    assert intake.reader.turn()
    (parcel,) = parcels(pipeline)
    assert (parcel.tracking_number, intake.waiting()) == ("1Z-LATE", 0)


def test_a_shipment_that_gets_no_track_is_reported_to_staff_in_the_end(
    intake: ShopIntake, pipeline: Pipeline, clock: LaterClock
) -> None:
    record_order(pipeline)
    notify(intake, intake.ship())
    clock.pass_time(days=15)
    assert intake.reader.turn()
    pipeline.drain()
    with pipeline.ledger.read() as work:
        letters = work.dead_letters.latest(LetterFilter(consumer="commerce-shipped"))
    assert ("tracking" in letters[0].reason, intake.waiting()) == (True, 0)


def test_a_letter_needs_no_track_where_the_store_allows_it(intake: ShopIntake, pipeline: Pipeline) -> None:
    record_order(pipeline)
    change_store(pipeline.context, STORE_ID, {"require_tracking": False}, actor="test operator")
    notify(intake, intake.ship())
    assert intake.reader.turn()
    (parcel,) = parcels(pipeline)
    assert (parcel.tracking_number, parcel.carrier_code) == (None, "custom")


def test_another_number_for_a_parcel_replaces_the_first(intake: ShopIntake, pipeline: Pipeline) -> None:
    record_order(pipeline)
    shipment_id = intake.ship(tracks=[track("1Z-WRONG")])
    notify(intake, shipment_id)
    intake.reader.turn()
    parcels(pipeline)
    intake.add_track(shipment_id, "1Z-RIGHT")
    later = datetime.now(UTC) + timedelta(minutes=2)
    intake.shop.shipments[shipment_id]["tracks"][1]["created_at"] = later.strftime("%Y-%m-%d %H:%M:%S")
    notify(intake, shipment_id)
    intake.reader.turn()
    assert [parcel.tracking_number for parcel in parcels(pipeline)] == ["1Z-RIGHT"]


def test_the_shipments_of_our_own_completions_are_left_out(intake: ShopIntake, pipeline: Pipeline) -> None:
    record_order(pipeline)
    number = intake.shop.orders[1]["increment_id"]
    intake.connected.perform(CompleteOrder((KEY[0], AMAZON_ORDER), number))
    assert len(intake.shop.shipments) == 1
    notify(intake, 1)
    assert intake.reader.turn()
    assert (parcels(pipeline), intake.waiting()) == ((), 0)


def test_a_shipment_of_another_origin_is_left_out(intake: ShopIntake, pipeline: Pipeline) -> None:
    record_order(pipeline)
    intake.shop.orders[1]["ext_order_id"] = None
    notify(intake, intake.ship(tracks=[track()]))
    assert intake.reader.turn()
    assert (parcels(pipeline), intake.waiting()) == ((), 0)


def test_the_order_that_replaced_an_edited_one_is_amazons_as_well(intake: ShopIntake, pipeline: Pipeline) -> None:
    record_order(pipeline)
    edited = intake.shop.orders[1]
    replacement = edited | {"entity_id": 2, "ext_order_id": None, "relation_parent_id": 1, "increment_id": "1-1"}
    intake.shop.orders[2] = replacement
    notify(intake, intake.ship(2, tracks=[track()]))
    assert intake.reader.turn()
    assert len(parcels(pipeline)) == 1


def test_an_item_that_amazon_did_not_sell_is_reported_to_staff(intake: ShopIntake, pipeline: Pipeline) -> None:
    record_order(pipeline)
    intake.shop.orders[1]["items"][1]["ext_order_item_id"] = None
    notify(intake, intake.ship(tracks=[track()]))
    assert intake.reader.turn()
    with pipeline.ledger.read() as work:
        (letter,) = work.dead_letters.latest(LetterFilter(consumer="commerce-intake"))
    assert "no line of the Amazon order" in letter.reason
    assert (parcels(pipeline), intake.waiting()) == ((), 0)


def test_lines_that_commerce_joined_are_filled_one_after_the_other(intake: ShopIntake, pipeline: Pipeline) -> None:
    record_order(pipeline)
    intake.shop.orders[1]["items"] = intake.shop.orders[1]["items"][:1]
    intake.shop.orders[1]["items"][0] |= {"ext_order_item_id": "item-1,item-2", "qty_ordered": 4}
    for quantity in (2, 2):
        notify(intake, intake.ship(items=[{"order_item_id": 1, "qty": quantity}], tracks=[track()]))
        intake.reader.turn()
        pipeline.drain()
    packed = [[(item.order_item_id, item.quantity) for item in parcel.items or ()] for parcel in parcels(pipeline)]
    assert packed == [[("item-1", 2)], [("item-1", 1), ("item-2", 1)]]


def test_a_shipment_whose_order_is_not_recorded_waits_for_it(intake: ShopIntake, pipeline: Pipeline) -> None:
    notify(intake, intake.ship(tracks=[track()]))
    assert intake.reader.turn()
    pipeline.drain()
    record_order(pipeline)
    assert len(parcels(pipeline)) == 1


def test_a_shipment_that_was_rolled_back_is_forgotten_after_some_tries(intake: ShopIntake, clock: LaterClock) -> None:
    notify(intake, 99)
    for _ in range(MISSING_TRIES):
        assert intake.waiting() == 1
        assert intake.reader.turn()
        clock.pass_time(hours=2)
    assert intake.waiting() == 0


def test_nothing_is_forgotten_while_shop_or_broker_are_away(
    intake: ShopIntake, pipeline: Pipeline, clock: LaterClock
) -> None:
    record_order(pipeline)
    notify(intake, intake.ship(tracks=[track()]))
    intake.connected.server.trouble = Trouble(throttled=1.0)
    with pytest.raises(RetryableError):
        intake.reader.turn()
    intake.connected.server.trouble = Trouble()
    clock.pass_time(hours=2)
    intake.reader._bus, watching = watched(intake.parts.bus)
    watching.fail_next = 1
    with pytest.raises(RetryableError):
        intake.reader.turn()
    clock.pass_time(hours=2)
    assert intake.reader.turn()
    assert (len(parcels(pipeline)), intake.waiting()) == (1, 0)
