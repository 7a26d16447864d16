"""Blocked orders and dead letters: by cause, as a list, one letter with its solutions and its audit; discarding."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from operations.dead_letters import discard as discarding
from operations.dead_letters.groups import GROUPED_LETTERS, LetterCause, group_letters
from operations.dead_letters.lookup import COUNT_LIMIT, list_letters, show_letter
from operations.errors import InvalidInputError
from schemas.dead_letters import LetterState
from schemas.people import Permission, Person
from web.console.form_fields import FormFields
from web.console.letter_query import InQuery, query_of, read_query
from web.console.pages import page, redirect
from web.console.remedies import buttons_of, order_path
from web.context import Ctx
from web.security.permissions import Reader, may

router = APIRouter()

PAGE_SIZE = 50

Replays = Annotated[Person, Depends(may(Permission.REPLAY))]
"""A parameter of a handler for people who replay, edit and discard dead letters."""


@router.get("/dead-letters")
def causes(request: Request, context: Ctx, person: Reader, query: InQuery) -> HTMLResponse:
    """Show open letters by cause, those that block most first."""
    by_cause = group_letters(context, query.filter(), GROUPED_LETTERS)
    rows = [(group, _query(group)) for group in by_cause.groups]
    values: dict[str, Any] = {"query": query, "by_cause": by_cause, "rows": rows, "now": context.ledger.now()}
    return page(request, context, person, "dead_letters.html", **values, buttons_of=buttons_of)


@router.get("/dead-letters/list")
def letters(request: Request, context: Ctx, person: Reader, query: InQuery) -> HTMLResponse:
    """List letters, the latest failure first."""
    state = query.state or LetterState.OPEN
    listed = list_letters(context, query.filter(), state, PAGE_SIZE, query.after)
    return page(
        request,
        context,
        person,
        "dead_letter_list.html",
        query=query,
        listed=listed,
        state=state,
        states=list(LetterState),
        count_limit=COUNT_LIMIT,
        order_path=order_path,
    )


@router.get("/dead-letters/discard")
def ask_to_discard(request: Request, context: Ctx, person: Replays, query: InQuery) -> HTMLResponse:
    """Show how many letters would be discarded, and ask for the reason."""
    preview = discarding.preview_discard(context, query.filter())
    return page(request, context, person, "dead_letter_discard.html", query=query, letters=preview.letters)


@router.post("/dead-letters/discard")
def discard(request: Request, context: Ctx, person: Replays, form: FormFields) -> Response:
    """Discard the letters of the filter; other letters than were shown are not taken."""
    reason = form.get("reason", "").strip()
    if not reason:
        raise InvalidInputError("A reason is needed: the audit log keeps it.")
    query = read_query(form)
    preview = discarding.preview_discard(context, query.filter())
    if str(preview.letters) != form.get("letters", ""):
        raise InvalidInputError(f"{preview.letters:,} letters match by now; look again before you discard them.")
    result = discarding.discard(context, preview.filter, actor=person.name, reason=reason)
    counted = "1 dead letter was" if result.letters == 1 else f"{result.letters:,} dead letters were"
    return redirect(request, "/dead-letters", f"{counted} discarded.")


@router.get("/dead-letters/{letter_id}")
def letter(request: Request, context: Ctx, person: Reader, letter_id: str) -> HTMLResponse:
    """Show one letter, its remedies, and people's actions on it."""
    details = show_letter(context, letter_id)
    values: dict[str, Any] = {"letter": details, "buttons_of": buttons_of, "order_path": order_path}
    return page(request, context, person, "dead_letter.html", **values)


def _query(group: LetterCause) -> str:
    """Return the query of an address that has exactly the letters of a group."""
    if group.kind is not None:
        return query_of(kind=group.kind, key=group.key, store=group.store_id)
    return query_of(**{"class": group.letter_type, "consumer": group.consumer, "fingerprint": group.fingerprint})
