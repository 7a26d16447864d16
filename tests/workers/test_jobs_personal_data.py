"""Personal data is destroyed some time after its order's end, with any status that people are shown."""

import pytest

from schemas.payloads import AmazonReport, CommerceShipped
from schemas.settings import Settings
from schemas.status import Channel, Status
from tests.builders import HOME, a_report, an_item, changed, placed, shipped
from tests.harness import Pipeline
from tests.letters import LaterClock
from workers.jobs import apply_retention, run_all


def is_kept(pipeline: Pipeline, days: int) -> bool:
    """Whether the vault still has the order's personal data when the scheduler runs so many days later."""
    clock = LaterClock()
    clock.pass_time(days=days)
    pipeline.ledger._clock = clock
    run_all([apply_retention], pipeline.ledger, Settings(), clock())
    with pipeline.ledger.read() as work:
        return bool(work.vault.load([pipeline.order().key]))


def is_kept_for_its_time(pipeline: Pipeline) -> bool:
    """Whether it is kept for thirty days from now, and no longer."""
    return is_kept(pipeline, days=29) and not is_kept(pipeline, days=31)


@pytest.mark.parametrize("end", [changed("Shipped", 2), shipped(), changed("Canceled", 2)])
def test_data_of_an_order_that_ends_while_it_is_blocked_is_destroyed_after_its_time(
    pipeline: Pipeline, end: AmazonReport | CommerceShipped
) -> None:
    pipeline.handle(a_report("Unshipped"))
    assert pipeline.order().status is Status.ERROR
    pipeline.handle(end)
    assert is_kept_for_its_time(pipeline)


def test_data_of_an_order_that_is_blocked_after_it_was_shipped_is_destroyed_after_its_time(pipeline: Pipeline) -> None:
    pipeline.handle(a_report("Shipped"))
    assert pipeline.order().status is Status.ERROR
    assert is_kept_for_its_time(pipeline)


def test_data_of_an_order_that_amazon_cannot_fulfill_is_destroyed_after_its_time(pipeline: Pipeline) -> None:
    pipeline.handle(placed(fulfillment_channel=Channel.AFN, shipping_address=HOME), changed("Unfulfillable", 2))
    assert is_kept_for_its_time(pipeline)


def test_data_of_a_blocked_order_that_is_still_to_be_shipped_is_kept(pipeline: Pipeline) -> None:
    pipeline.handle(a_report("Unshipped"), changed("PartiallyShipped", 2))
    assert is_kept(pipeline, days=31)


def test_data_of_an_order_whose_end_was_a_mistake_is_kept(pipeline: Pipeline) -> None:
    pipeline.handle(a_report("Unshipped", items=(an_item(quantity=2),)), shipped())
    pipeline.handle(shipped(minutes=90, items={"item-1": 1}))
    assert is_kept(pipeline, days=31)
