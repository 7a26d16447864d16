"""Look-ups of dead letters: the list with its groups and claims, one letter with its blockers, the audit log."""

import pytest

from operations.dead_letters.lookup import list_letters, show_letter
from operations.people.audit import list_actions
from schemas.blockers import BlockerKind, Cause, RemedyKind
from schemas.dead_letters import LetterFilter, LetterState
from tests.builders import STORE_ID
from tests.harness import Pipeline
from tests.letters import (
    FIXED,
    WHO,
    WHY,
    begin_replay,
    block,
    blocked,
    context_of,
    discard_letters,
    order_id,
    unreadable,
)

pytestmark = pytest.mark.databases("sqlite", "postgresql")

EVERY = LetterFilter()


def test_letters_are_listed_in_groups_of_one_cause_or_one_failure(pipeline: Pipeline) -> None:
    block(pipeline, range(2), "SKU-1")
    block(pipeline, range(2, 3), "SKU-2")
    unreadable(pipeline)
    page = list_letters(context_of(pipeline), EVERY, LetterState.OPEN, 10)
    assert [(group.consumer, group.causes, len(group.letters)) for group in page.groups] == [
        ("order-placed", (), 1),
        ("importer", (Cause(kind=BlockerKind.PRODUCT_MISSING, key="SKU-2"),), 1),
        ("importer", (Cause(kind=BlockerKind.PRODUCT_MISSING, key="SKU-1"),), 2),
    ]
    assert [letter for group in page.groups for letter in group.letters] == list(page.letters)
    assert (page.count, page.claims, STORE_ID in (page.system_message or "")) == (4, (), True)


def test_causes_that_are_of_one_order_each_make_one_group(pipeline: Pipeline) -> None:
    pipeline.commerce.catalog.save([FIXED])
    block(pipeline, range(2), shipping_address=None)
    (group,) = list_letters(context_of(pipeline), EVERY, LetterState.OPEN, 10).groups
    assert (group.causes, len(group.letters)) == ((Cause(kind=BlockerKind.PERSONAL_DATA, key=""),), 2)


def test_a_list_of_open_letters_names_the_replays_that_have_claimed_others(pipeline: Pipeline) -> None:
    block(pipeline, range(3))
    started = begin_replay(pipeline, LetterFilter(amazon_order_id=order_id(0)))
    page = list_letters(context_of(pipeline), EVERY, LetterState.OPEN, 1)
    assert (len(page.letters), page.count) == (1, 2)
    (claim,) = page.claims
    assert (claim.replay_id, claim.letters, claim.can_resume) == (started.replay_id, 1, False)
    every_state = list_letters(context_of(pipeline), EVERY, None, 10)
    assert (every_state.count, every_state.claims) == (3, ())


def test_a_letter_is_shown_with_what_still_blocks_its_order(pipeline: Pipeline) -> None:
    blocked(pipeline)
    (letter,) = pipeline.letters()
    details = show_letter(context_of(pipeline), letter.id[:8])
    assert [(s.kind, s.key, s.remedy.kind) for s in details.solutions] == [
        (BlockerKind.PRODUCT_MISSING, "SKU-1", RemedyKind.MATCH_LISTING)
    ]
    assert {name: getattr(details, name) for name in type(letter).model_fields} == dict(letter)
    pipeline.stock(FIXED)
    assert show_letter(context_of(pipeline), letter.id).solutions == ()


def test_the_audit_log_has_who_discarded_a_letter_and_why(pipeline: Pipeline) -> None:
    blocked(pipeline)
    discard_letters(pipeline, EVERY)
    (letter,) = pipeline.letters()
    (entry,) = list_actions(context_of(pipeline), limit=10).rows
    assert (entry.who, entry.why, entry.action, entry.subject) == (WHO, WHY, "letter.discard", letter.id)
    assert show_letter(context_of(pipeline), letter.id).audit == (entry,)
