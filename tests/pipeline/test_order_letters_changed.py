"""An order that Amazon changed after Commerce created it has one dead letter until the difference is corrected."""

from typing import cast

import pytest

from ledger.errors import LedgerUnavailableError
from ledger.ledger import Ledger
from operations.context import deadlines
from pipeline.processor import BatchProcessor
from schemas.dead_letters import DeadLetterType, LetterState
from schemas.message import Message
from schemas.payloads import StatusChanged
from tests.builders import ORDER_ID, a_report, an_item, changed
from tests.doubles import AwayLedger, FlakyGateways
from tests.harness import Pipeline, event_of, message_of
from tests.letters import FIXED, begin_replay, run_replay, the_letter

pytestmark = pytest.mark.databases("sqlite", "postgresql")

MISMATCH = (
    "Commerce order 000000001 was created with 3 of SKU-1; Amazon now reports 2 of SKU-1: correct it in Commerce."
)


def status_changed_message(report: StatusChanged) -> Message:
    """The message of a report."""
    event = event_of(report)
    return message_of(event, event["type"])


def pieces(count: int, minutes: float) -> StatusChanged:
    """Amazon's report that so many pieces are ordered."""
    return changed("Unshipped", minutes, items=(an_item(quantity=count),))


def request_of_three(pipeline: Pipeline) -> Message:
    """The request to import an order of three pieces, recorded and not created yet."""
    pipeline.commerce.catalog.save([FIXED])
    recorded = pipeline.parts.processor("status-changed").take(
        [status_changed_message(a_report("Unshipped", items=(an_item(quantity=3),)))]
    )
    (requested,) = [message for message in recorded.follow_ups if message.name == "import.requested"]
    return requested


@pytest.fixture
def changed_order(pipeline: Pipeline) -> Pipeline:
    """An order of three pieces in Commerce, of which Amazon reports two now."""
    pipeline.stock(FIXED)
    pipeline.handle(a_report("Unshipped", items=(an_item(quantity=3),)))
    pipeline.handle(pieces(2, 2))
    return pipeline


def test_it_is_one_letter_with_the_correction_to_make(changed_order: Pipeline) -> None:
    changed_order.handle(pieces(2, 3), changed("PartiallyShipped", 4))
    letter = the_letter(changed_order)
    assert (letter.letter_type, letter.consumer, letter.amazon_order_id) == (
        DeadLetterType.FAILED,
        "status-changed",
        ORDER_ID,
    )
    assert letter.reason == MISMATCH


def test_a_change_while_commerce_creates_the_order_is_a_letter_too(pipeline: Pipeline) -> None:
    requested = request_of_three(pipeline)
    outside = FlakyGateways(pipeline.parts.gateways)
    status_changed = pipeline.parts.processor("status-changed")
    outside.meanwhile = lambda: outside.asked == 2 and status_changed.take([status_changed_message(pieces(2, 2))])
    BatchProcessor("importer", pipeline.ledger, outside, deadlines(pipeline.parts.settings)).take([requested])
    assert [line.quantity for order in pipeline.shop_orders() for line in order.lines] == [3]
    letter = the_letter(pipeline)
    assert (letter.consumer, letter.reason) == ("importer", MISMATCH)
    _, sums = run_replay(pipeline, begin_replay(pipeline).replay_id)
    assert (sums.failed_again, the_letter(pipeline).state) == (1, LetterState.OPEN)
    pipeline.handle(pieces(3, 3))
    assert the_letter(pipeline).state is LetterState.RESOLVED


def test_a_change_after_an_importer_created_the_order_and_lost_the_ledger_is_a_letter_too(
    pipeline: Pipeline,
) -> None:
    requested = request_of_three(pipeline)
    outside, ledger = FlakyGateways(pipeline.parts.gateways), AwayLedger(pipeline.ledger, 0)

    def lose_the_ledger() -> None:
        ledger.failures = 1 if outside.asked == 2 else 0

    outside.meanwhile = lose_the_ledger
    importer = BatchProcessor("importer", cast("Ledger", ledger), outside, deadlines(pipeline.parts.settings))
    with pytest.raises(LedgerUnavailableError):
        importer.take([requested])
    assert (pipeline.order().commerce_order, len(pipeline.shop_orders())) == (None, 1)
    pipeline.parts.processor("status-changed").take([status_changed_message(pieces(2, 2))])
    pipeline.parts.processor("importer").take([requested])
    assert the_letter(pipeline).reason == MISMATCH


@pytest.mark.parametrize("over", [pieces(3, 3), changed("Canceled", 3)])
def test_it_is_resolved_when_nothing_is_left_to_be_corrected(changed_order: Pipeline, over: StatusChanged) -> None:
    changed_order.handle(over)
    assert the_letter(changed_order).state is LetterState.RESOLVED


def test_another_change_is_another_letter_even_if_the_first_was_discarded(changed_order: Pipeline) -> None:
    first = the_letter(changed_order)
    with changed_order.ledger.begin() as work:
        work.letter_actions.discard([first.id])
    changed_order.handle(pieces(1, 3))
    (letter,) = changed_order.letters(state=LetterState.OPEN)
    assert "Amazon now reports 1 of SKU-1" in letter.reason
    assert len(changed_order.letters()) == 2


def test_of_several_changes_the_letter_of_the_last_is_open(changed_order: Pipeline) -> None:
    changed_order.handle(pieces(1, 3))
    assert len(changed_order.letters(state=LetterState.RESOLVED)) == 1
    assert "Amazon now reports 1 of SKU-1" in changed_order.letters(state=LetterState.OPEN)[0].reason


def test_no_replay_resolves_it(changed_order: Pipeline) -> None:
    before = changed_order.order()
    _, sums = run_replay(changed_order, begin_replay(changed_order).replay_id)
    assert (sums.failed_again, sums.ended) == (1, 1)
    assert the_letter(changed_order).state is LetterState.OPEN
    assert changed_order.order() == before
