"""An order that Amazon changed after Commerce had it is one letter until a person has dealt with the difference."""

import pytest

from schemas.letters import LetterClass, LetterState
from schemas.payloads import StatusChanged
from tests.builders import ORDER_ID, a_report, an_item, changed
from tests.pipeline import Pipeline
from tests.workers.letters.scenes import FIXED, begin_replay, carry_out, the_letter


def pieces(count: int, minutes: float) -> StatusChanged:
    """Amazon's report that so many pieces are ordered."""
    return changed("Unshipped", minutes, items=(an_item(quantity=count),))


@pytest.fixture
def changed_order(pipeline: Pipeline) -> Pipeline:
    """An order of three pieces in Commerce, of which Amazon says two now."""
    pipeline.stock(FIXED)
    pipeline.say(a_report("Unshipped", items=(an_item(quantity=3),)))
    pipeline.say(pieces(2, 2))
    return pipeline


def test_it_is_one_letter_that_says_what_to_correct(changed_order: Pipeline) -> None:
    changed_order.say(pieces(2, 3), changed("PartiallyShipped", 4))
    letter = the_letter(changed_order)
    assert (letter.letter_class, letter.consumer, letter.amazon_order_id) == (
        LetterClass.FAILED,
        "status-changed",
        ORDER_ID,
    )
    assert letter.reason == (
        "Commerce order 000000001 was created with 3 of SKU-1; Amazon now says 2 of SKU-1: correct it in Commerce."
    )


@pytest.mark.parametrize("over", [pieces(3, 3), changed("Canceled", 3)])
def test_it_is_settled_when_nothing_is_left_to_be_corrected(changed_order: Pipeline, over: StatusChanged) -> None:
    changed_order.say(over)
    assert the_letter(changed_order).state is LetterState.RESOLVED


def test_another_change_is_another_letter_even_if_the_first_was_discarded(changed_order: Pipeline) -> None:
    first = the_letter(changed_order)
    with changed_order.ledger.begin() as work:
        work.letters.discard([first.id])
    changed_order.say(pieces(1, 3))
    (letter,) = changed_order.letters(state=LetterState.WAITING)
    assert "Amazon now says 1 of SKU-1" in letter.reason
    assert len(changed_order.letters()) == 2


def test_of_several_changes_the_last_one_waits(changed_order: Pipeline) -> None:
    changed_order.say(pieces(1, 3))
    assert len(changed_order.letters(state=LetterState.RESOLVED)) == 1
    assert "Amazon now says 1 of SKU-1" in changed_order.letters(state=LetterState.WAITING)[0].reason


def test_no_replay_takes_it_off_the_list(changed_order: Pipeline) -> None:
    before = changed_order.order()
    _, sums = carry_out(changed_order, begin_replay(changed_order).replay_id)
    assert (sums.failed_again, sums.ended) == (1, 1)
    assert the_letter(changed_order).state is LetterState.WAITING
    assert changed_order.order() == before
