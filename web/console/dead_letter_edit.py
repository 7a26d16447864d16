"""Editing a dead letter's message: the text, the difference, and the corrected message that is sent."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from operations.context import Context
from operations.dead_letters.correction import Correction, correct, preview_correction, show_message
from operations.dead_letters.edit import EditPreview
from operations.dead_letters.lookup import show_letter
from operations.errors import RefusedActionError
from schemas.input_limits import LINE_BYTES
from schemas.people import Permission, Person
from web.console.dead_letters import Replays
from web.console.pages import page, redirect
from web.context import Ctx
from web.security.permissions import may
from web.statuses import status_of

router = APIRouter()

SeesMessage = Annotated[Person, Depends(may(Permission.SEE_PERSONAL_DATA))]
Message = Annotated[str, Form(max_length=LINE_BYTES)]
Word = Annotated[str, Form(max_length=2000)]


@router.get("/dead-letters/{letter_id}/edit")
def show_editor(request: Request, context: Ctx, person: Replays, sees: SeesMessage, letter_id: str) -> HTMLResponse:
    """Show the message to be corrected; the look is recorded."""
    shown = show_message(context, letter_id, actor=person.name)
    return _editor(request, context, person, shown.letter_id, shown.text, shown.version)


@router.post("/dead-letters/{letter_id}/edit")
def edit(  # noqa: PLR0913 - the fields of the form
    request: Request,
    context: Ctx,
    person: Replays,
    sees: SeesMessage,
    letter_id: str,
    *,
    message: Message,
    version: Word,
    reason: Word = "",
    step: Word = "preview",
) -> Response:
    """Show the difference that the corrected message makes or, at the second step, send it."""
    correction = Correction(message=message.replace("\r\n", "\n"))
    try:
        if step == "send":
            sent = correct(context, letter_id, correction, actor=person.name, reason=reason.strip(), version=version)
            notice = f"The corrected message was sent to {sent.consumer}."
            return redirect(request, f"/dead-letters/{sent.letter_id}", notice)
        preview = preview_correction(context, letter_id, correction, actor=person.name, show_values=True)
    except RefusedActionError as error:
        return _editor(request, context, person, letter_id, message, version, error=error, reason=reason)
    return _editor(request, context, person, letter_id, message, version, preview=preview, reason=reason)


def _editor(  # noqa: PLR0913 - the parts of the page
    request: Request,
    context: Context,
    person: Person,
    letter_id: str,
    text: str,
    version: str,
    *,
    preview: EditPreview | None = None,
    error: RefusedActionError | None = None,
    reason: str = "",
) -> HTMLResponse:
    return page(
        request,
        context,
        person,
        "dead_letter_edit.html",
        status=status_of(error) if error else 200,
        letter=show_letter(context, letter_id),
        text=text,
        version=version,
        preview=preview,
        error=str(error) if error else "",
        reason=reason,
    )
