"""The poll of Commerce: finds changes without an event, each once, from the end of the last look."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gateways.simulator.rest.shop import SourceItem, StockedProduct
from gateways.simulator.traffic import Trouble
from pipeline.liveness import Liveness
from schemas.errors import RetryableError
from tests.harness import Pipeline
from tests.workers.commerce import ShopIntake, record_order, shop_intake, track
from workers.commerce_poll import CommercePoll
from workers.process.parts import Parts


@pytest.fixture
def intake(parts: Parts) -> Iterator[ShopIntake]:
    with shop_intake(parts) as opened:
        opened.poll.turn()  # the products that the shop begins with
        yield opened


def test_shipments_and_products_that_changed_are_found_once(intake: ShopIntake) -> None:
    intake.ship(tracks=[track()])
    intake.shop.clock = lambda: datetime.now(UTC) + timedelta(seconds=30)
    intake.shop.add_product(StockedProduct(9, "NEW", "New", source=SourceItem(1)))
    assert intake.poll.turn() == 2
    assert intake.waiting() == 1
    assert intake.poll.turn() == 0


def test_changes_between_two_processes_are_found_by_the_second(intake: ShopIntake, pipeline: Pipeline) -> None:
    record_order(pipeline)
    intake.ship(tracks=[track()])
    client = intake.connected.gateway.client
    again = CommercePoll(intake.parts.ledger, client, intake.changes, 60, Liveness())
    assert again.turn() >= 1
    assert intake.waiting() == 1


def test_a_change_that_becomes_visible_late_is_found_too(intake: ShopIntake) -> None:
    intake.shop.clock = lambda: datetime.now(UTC) + timedelta(minutes=10)
    first = intake.ship(items=[{"order_item_id": 1, "qty": 1}], tracks=[track()])
    late = intake.ship(items=[{"order_item_id": 1, "qty": 1}], tracks=[track()])
    hidden = intake.shop.shipments.pop(late)
    assert intake.poll.turn() == 1
    earlier = datetime.fromisoformat(intake.shop.shipments[first]["updated_at"]) - timedelta(minutes=4)
    intake.shop.shipments[late] = hidden | {"updated_at": earlier.strftime("%Y-%m-%d %H:%M:%S")}
    assert intake.poll.turn() == 1


def test_many_changes_are_read_page_by_page(intake: ShopIntake) -> None:
    intake.shop.clock = lambda: datetime.now(UTC) + timedelta(seconds=30)
    for number in range(250):
        intake.shop.add_product(StockedProduct(100 + number, f"SKU-{number}", "Name"))
    assert intake.poll.turn() == 250
    assert intake.parts.bus.message_count("catalog-changed") >= 250


def test_while_the_shop_is_away_the_cursor_stays(intake: ShopIntake) -> None:
    intake.ship(tracks=[track()])
    intake.connected.server.trouble = Trouble(throttled=1.0)
    with pytest.raises(RetryableError):
        intake.poll.turn()
    intake.connected.server.trouble = Trouble()
    assert intake.poll.turn() >= 1
    assert intake.waiting() == 1
