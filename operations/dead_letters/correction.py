"""Corrections of a dead letter's message in one request: see the message, preview the correction, send it."""

from hashlib import blake2b

from pydantic import Field

from operations.context import Context
from operations.dead_letters.edit import (
    EditPreview,
    EditResult,
    LetterBody,
    as_text,
    edit,
    look_at_body,
    preview_edit,
    read_body,
    with_fields,
)
from operations.stale_forms import refuse_if_stale
from schemas.value import Value


class LetterMessage(Value):
    """The message of a letter as a text to be corrected: it may have personal data."""

    letter_id: str
    text: str
    version: str
    """Changes with the message: `correct` refuses a correction of another version."""


class Correction(Value):
    """A corrected message: the whole of it, or values of fields by path, such as `data.items.0.quantity`."""

    message: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)


def show_message(context: Context, id_prefix: str, *, actor: str) -> LetterMessage:
    """Return a letter's message, and record that *actor* saw it.

    Raises EditRefusedError without an actor or where it is no text, UnknownLetterError, AmbiguousLetterError,
    LetterBodyGoneError, CipherError.
    """
    letter = read_body(context, id_prefix)
    text = as_text(letter.body)
    look_at_body(context, letter, actor, "the whole message")
    return LetterMessage(letter_id=letter.letter_id, text=text, version=_version(letter))


def preview_correction(
    context: Context, id_prefix: str, correction: Correction, *, actor: str, show_values: bool
) -> EditPreview:
    """Return the difference that a correction would make; with *show_values* its values, which is recorded.

    Raises as `correct` does, and EditRefusedError where nothing would change.
    """
    letter = read_body(context, id_prefix)
    preview = preview_edit(context, letter, _corrected(letter, correction))
    if not show_values:
        hidden = tuple(change.model_copy(update={"before": "", "after": ""}) for change in preview.changes)
        return preview.model_copy(update={"changes": hidden})
    paths = ", ".join(change.path for change in preview.changes)
    look_at_body(context, letter, actor, f"values before and after an edit: {paths}")
    return preview


def correct(
    context: Context, id_prefix: str, correction: Correction, *, actor: str, reason: str, version: str | None = None
) -> EditResult:
    """Replace a letter's message by the corrected one, which goes to its consumer.

    *version* is that of the message that the person saw: StaleFormError when the message is another by now. Raises as
    `edit` and `show_message` do.
    """
    letter = read_body(context, id_prefix)
    if version is not None:
        refuse_if_stale({"message": version}, {"message": _version(letter)})
    return edit(context, letter.letter_id, _corrected(letter, correction), actor=actor, reason=reason)


def _corrected(letter: LetterBody, correction: Correction) -> bytes:
    if correction.message is not None:
        return correction.message.encode()
    return with_fields(letter.body, list(correction.fields.items()))


def _version(letter: LetterBody) -> str:
    return blake2b(letter.body, digest_size=8).hexdigest()
