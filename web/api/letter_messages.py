"""Messages of dead letters: see one, preview a correction, send it. They may have personal data."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from operations.dead_letters import correction as correcting
from operations.dead_letters.correction import Correction, LetterMessage
from operations.dead_letters.edit import EditPreview, EditResult
from schemas.input_limits import LINE_BYTES
from schemas.people import Permission
from web.api.fields import IdPrefix, Reason, RequestBody, Word
from web.api.permissions import Replays, SeesPersonalData
from web.context import Ctx

router = APIRouter(tags=["dead letters"])

FieldPath = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class CorrectedMessage(RequestBody):
    """A correction: the whole message or, without one, values of fields by path."""

    message: Annotated[str, StringConstraints(min_length=1, max_length=LINE_BYTES)] | None = None
    fields: Annotated[dict[FieldPath, str], Field(max_length=100)] = Field(
        default_factory=dict, examples=[{"data.items.0.quantity": "2"}]
    )

    def correction(self) -> Correction:
        """Return the correction."""
        return Correction(message=self.message, fields=self.fields)


class SentCorrection(CorrectedMessage):
    """A correction to be sent, with the version of the message that the person saw."""

    version: Word | None = Field(None, description="Of the message as it was read; 409 when it is another by now.")
    reason: Reason = Field(examples=["The quantity was wrong upstream"])


@router.get("/dead-letters/{letter_id}/message", operation_id="showDeadLetterMessage")
def show_message(context: Ctx, person: SeesPersonalData, letter_id: IdPrefix) -> LetterMessage:
    """Show a letter's message. The look is recorded with the person's name."""
    return correcting.show_message(context, letter_id, actor=person.name)


@router.post("/dead-letters/{letter_id}/edit-preview", operation_id="previewEdit")
def preview_edit(context: Ctx, person: Replays, letter_id: IdPrefix, corrected: CorrectedMessage) -> EditPreview:
    """Show the fields that a correction would change; values, recorded, only to people who may see personal data."""
    show_values = person.may(Permission.SEE_PERSONAL_DATA)
    return correcting.preview_correction(
        context, letter_id, corrected.correction(), actor=person.name, show_values=show_values
    )


@router.post("/dead-letters/{letter_id}/edit", operation_id="editDeadLetter")
def edit(context: Ctx, person: Replays, letter_id: IdPrefix, sent: SentCorrection) -> EditResult:
    """Replace a letter's message by the corrected one, which is validated and goes to its consumer."""
    return correcting.correct(
        context, letter_id, sent.correction(), actor=person.name, reason=sent.reason, version=sent.version
    )
