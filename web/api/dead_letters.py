"""Dead letters: list, show, discard."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from operations.dead_letters import discard as discarding
from operations.dead_letters import lookup
from operations.dead_letters.discard import DiscardPreview, DiscardResult
from operations.dead_letters.groups import GROUPED_LETTERS, LetterCauses, group_letters
from operations.dead_letters.lookup import LetterDetails
from schemas.dead_letters import DeadLetter, ListedState
from web.api.fields import IdPrefix, Reason, RequestBody
from web.api.letter_filters import LetterSelection
from web.api.paging import Cursor, Limit, Page, page_of
from web.api.permissions import Reader, Replays
from web.context import Ctx

router = APIRouter(tags=["dead letters"])


class LettersQuery(LetterSelection):
    """The filter, state and page of a list of dead letters."""

    state: ListedState = Field(ListedState.OPEN, description="Letters in this state, or `all`.")
    limit: Limit = 50
    cursor: Cursor = ""


class ToBeDiscarded(RequestBody):
    """The letters to be discarded: the open ones that match all criteria and, if ids are given, have one of them."""

    filter: LetterSelection
    ids: Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9a-f-]{4,64}$")], ...], Field(max_length=500)] = ()


class Discard(ToBeDiscarded):
    """Letters to be discarded, and why."""

    reason: Reason = Field(examples=["Sold elsewhere"])


@router.get("/dead-letters", operation_id="listDeadLetters")
def list_letters(context: Ctx, person: Reader, query: Annotated[LettersQuery, Query()]) -> Page[DeadLetter]:
    """List dead letters, the latest failure first; without a state, the open ones."""
    state = query.state.letter_state
    letters = replace(query.filter(), state=state)
    return page_of(lookup.find_letters(context, letters, query.limit, query.cursor))


@router.get("/dead-letter-causes", operation_id="listDeadLetterCauses")
def list_causes(context: Ctx, person: Reader, query: Annotated[LetterSelection, Query()]) -> LetterCauses:
    """List the open letters by cause: their number, their age and their solution.

    Of more than 5,000 letters those that failed last count; `exact` is false then.
    """
    return group_letters(context, query.filter(), GROUPED_LETTERS)


@router.get("/dead-letters/{letter_id}", operation_id="showDeadLetter")
def show_letter(context: Ctx, person: Reader, letter_id: IdPrefix) -> LetterDetails:
    """Show a dead letter, its causes and their solutions, and people's actions on it. Never its message."""
    return lookup.show_letter(context, letter_id)


@router.post("/dead-letter-discards/preview", operation_id="previewDiscard")
def preview_discard(context: Ctx, person: Replays, letters: ToBeDiscarded) -> DiscardPreview:
    """Count the open letters that a discard would take now."""
    return discarding.preview_discard(context, letters.filter.filter(), letters.ids)


@router.post("/dead-letter-discards", operation_id="discardDeadLetters")
def discard(context: Ctx, person: Replays, letters: Discard) -> DiscardResult:
    """Discard open letters. They stay in the list; blocked orders of theirs are never imported."""
    preview = discarding.preview_discard(context, letters.filter.filter(), letters.ids)
    return discarding.discard(context, preview.filter, actor=person.name, reason=letters.reason)
