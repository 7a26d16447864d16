"""A refused request is one letter, whichever message repeats it, resolved once it is granted or obsolete."""

from datetime import timedelta

import pytest

from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.dead_letters import DeadLetterType, LetterState
from schemas.payloads import CancelRequested
from tests.builders import KEY, a_report, an_item, changed, placed, shipped
from tests.doubles import FlakyGateways
from tests.harness import Pipeline
from tests.letters import FIXED, LaterClock, the_letter
from tests.pipeline.test_processor import message
from workers.jobs import expire_early
from workers.resender import resend_unanswered

pytestmark = pytest.mark.databases("sqlite", "postgresql")

CANCELLATION = CancelRequested(**KEY, reason="NoInventory")


@pytest.fixture
def refused(pipeline: Pipeline) -> Pipeline:
    """A parcel of two pieces that Amazon refuses: in its records one was ordered."""
    pipeline.stock(FIXED)
    pipeline.amazon.place([placed()])
    pipeline.handle(a_report("Unshipped", items=(an_item(quantity=2),)), shipped(items={"item-1": 2}))
    assert "Amazon refused shipment parcel-1" in the_letter(pipeline).reason
    return pipeline


def test_a_refused_confirmation_is_resolved_when_amazon_accepts_corrected_facts(refused: Pipeline) -> None:
    refused.handle(changed("Unshipped", 2, items=(an_item(quantity=1),)))
    refused.run_jobs(resend_unanswered, after=timedelta(hours=1))
    assert refused.confirmed_parcels() == {"parcel-1": {"item-1": 1}}
    assert [one for one in refused.letters(consumer="confirmer") if one.state is not LetterState.RESOLVED] == []


def test_a_refused_confirmation_is_not_requested_again_while_nothing_has_changed(refused: Pipeline) -> None:
    for hours in (1, 2):
        refused.run_jobs(resend_unanswered, after=timedelta(hours=hours))
    assert the_letter(refused).attempts == 1


def test_a_confirmation_that_is_refused_again_is_the_same_letter(refused: Pipeline) -> None:
    refused.handle(shipped(minutes=61, items={"item-1": 2}, tracking_number="CORRECTED"))
    assert (the_letter(refused).state, the_letter(refused).attempts) == (LetterState.OPEN, 2)


def test_a_discarded_refusal_is_open_again_when_another_message_is_refused(refused: Pipeline) -> None:
    letter = the_letter(refused)
    with refused.ledger.begin() as work:
        work.letter_actions.discard([letter.id])
    refused.handle(shipped(minutes=61, items={"item-1": 2}, tracking_number="CORRECTED"))
    assert the_letter(refused).state is LetterState.OPEN


def test_parcels_that_amazon_refuses_are_a_letter_each(refused: Pipeline) -> None:
    refused.handle(a_report("Unshipped", 2, items=(an_item(quantity=4),)), shipped("parcel-2", items={"item-1": 2}))
    assert len(refused.letters(consumer="confirmer", state=LetterState.OPEN)) == 2


def test_a_refused_confirmation_is_resolved_when_amazon_cancels_the_order(refused: Pipeline) -> None:
    refused.handle(changed("Canceled", 90))
    assert [one for one in refused.letters(consumer="confirmer") if one.state is not LetterState.RESOLVED] == []


def test_a_cancellation_that_seemed_too_late_is_resolved_when_amazon_cancels(pipeline: Pipeline) -> None:
    """While Amazon accepts the cancellation, a parcel is shipped: the answer is outdated."""
    pipeline.amazon.place([placed()])
    pipeline.handle(a_report("Unshipped"))
    outside, parcels = FlakyGateways(pipeline.parts.gateways), [message(shipped())]

    def ship_once() -> None:
        if parcels:
            pipeline.publish(pipeline.parts.processor("commerce-shipped").take([parcels.pop()]).follow_ups)

    outside.meanwhile = ship_once
    BatchProcessor("canceller", pipeline.ledger, outside, Deadlines()).take([message(CANCELLATION)])
    (letter,) = pipeline.letters(consumer="canceller")
    assert letter.reason.startswith("Not canceled.")
    pipeline.handle(changed("Canceled", 90))
    (letter,) = pipeline.letters(consumer="canceller")
    assert letter.state is LetterState.RESOLVED


def test_a_cancellation_long_before_its_order_is_requeued_when_the_order_is_recorded(
    pipeline: Pipeline, clock: LaterClock
) -> None:
    pipeline.amazon.place([placed()])
    pipeline.handle(CANCELLATION)
    clock.pass_time(hours=2)
    pipeline.run_jobs(expire_early)
    assert (the_letter(pipeline).letter_type, the_letter(pipeline).state) == (DeadLetterType.BLOCKED, LetterState.OPEN)
    pipeline.handle(a_report("Unshipped"))
    assert pipeline.order().cancellation is not None
    (letter,) = pipeline.letters(consumer="canceller")
    assert letter.state is LetterState.RESOLVED


def test_a_cancellation_that_is_too_late_leaves_one_letter_that_states_it(
    pipeline: Pipeline, clock: LaterClock
) -> None:
    pipeline.handle(CANCELLATION)
    clock.pass_time(hours=2)
    pipeline.run_jobs(expire_early)
    pipeline.handle(a_report("Shipped"))
    (letter,) = pipeline.letters(consumer="canceller", state=LetterState.OPEN)
    assert letter.reason.startswith("Not canceled.")
