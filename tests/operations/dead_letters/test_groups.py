"""Open dead letters by cause: counts, age, the solution; and the search in letters."""

import pytest

from operations.dead_letters.groups import group_letters
from operations.dead_letters.lookup import list_letters
from schemas.blockers import BlockerKind, RemedyKind
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState
from tests.builders import STORE_ID
from tests.harness import Pipeline
from tests.letters import FIXED, LaterClock, block, context_of, order_id, unreadable

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def test_letters_are_counted_by_cause_with_their_age_and_what_resolves_them(pipeline: Pipeline) -> None:
    block(pipeline, range(3), "SKU-1")
    block(pipeline, range(3, 4), "SKU-2")
    unreadable(pipeline)
    causes = group_letters(context_of(pipeline))
    assert causes.letters == 5
    largest, *others = causes.groups
    assert (largest.kind, largest.key, largest.letters) == (BlockerKind.PRODUCT_MISSING, "SKU-1", 3)
    assert largest.remedy is not None
    assert largest.remedy.kind is RemedyKind.MATCH_LISTING
    assert largest.solution is not None
    assert largest.oldest <= largest.latest
    assert {(group.kind, group.letter_type) for group in others} == {
        (BlockerKind.PRODUCT_MISSING, DeadLetterType.BLOCKED),
        (None, DeadLetterType.UNREADABLE),
    }


def test_causes_of_one_order_each_have_a_solution_and_no_button_for_all(pipeline: Pipeline) -> None:
    pipeline.commerce.catalog.save([FIXED])
    block(pipeline, range(2), shipping_address=None)
    (group,) = group_letters(context_of(pipeline)).groups
    assert (group.kind, group.key, group.letters, group.remedy) == (BlockerKind.PERSONAL_DATA, "", 2, None)
    assert group.solution is not None
    (one,) = group_letters(context_of(pipeline), LetterFilter(amazon_order_id=order_id(0))).groups
    assert one.remedy is not None


@pytest.mark.parametrize(
    ("text", "found"),
    [("SKU-1", 2), (order_id(0), 1), (order_id(0)[:8], 3), ("does not EXIST in", 3), ("100%", 0), ("' OR 1=1 --", 0)],
)
def test_a_search_finds_orders_causes_and_words_of_the_reason(pipeline: Pipeline, text: str, found: int) -> None:
    block(pipeline, range(2), "SKU-1")
    block(pipeline, range(2, 3), "SKU-2")
    page = list_letters(context_of(pipeline), LetterFilter(store_id=STORE_ID, text=text), LetterState.OPEN, 10)
    assert (len(page.letters), page.count) == (found, found)


def test_a_search_finds_a_letter_by_the_beginning_of_its_id(pipeline: Pipeline) -> None:
    block(pipeline, range(1))
    (letter,) = pipeline.letters()
    assert group_letters(context_of(pipeline), LetterFilter(text=letter.id[:10])).letters == 1


def test_of_many_letters_those_that_failed_last_are_grouped(pipeline: Pipeline, clock: LaterClock) -> None:
    for number in range(3):
        block(pipeline, range(number, number + 1), sku=f"SKU-{number}")
        clock.pass_time(minutes=1)
    causes = group_letters(context_of(pipeline), among=2)
    assert ({group.key for group in causes.groups}, causes.letters, causes.exact) == ({"SKU-1", "SKU-2"}, 2, False)
    whole = group_letters(context_of(pipeline), among=3)
    assert (len(whole.groups), whole.letters, whole.exact) == (3, 3, True)
    of_kind = group_letters(context_of(pipeline), LetterFilter(kind=BlockerKind.PRODUCT_MISSING), among=1)
    assert [group.key for group in of_kind.groups] == ["SKU-2"]
