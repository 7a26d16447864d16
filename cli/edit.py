"""crossdock dead-letters edit: a corrected message takes the place of a dead letter's own."""

from dataclasses import dataclass
from typing import Annotated

import typer

from cli.options.confirmation import Actor, Reason, Yes, at_terminal, audit_reason, confirm, require_confirmation
from cli.terminal.editor import edited
from cli.terminal.output import note, print_table, say
from cli.views.letters import naming_commands
from operations.context import Context
from operations.dead_letters import edit as editing
from operations.dead_letters.edit import EditPreview, LetterBody
from operations.errors import EditRefusedError
from workers.process.bootstrap import opened_context

_ONE_OF = "Give one of --file, --set and --editor."


def edit(  # noqa: PLR0913 - one parameter an option
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="The id, or the beginning of one.")],
    *,
    file: Annotated[
        typer.FileBinaryRead | None,
        typer.Option(metavar="FILE", help="The whole corrected message; - for standard input."),
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Set a field, such as data.items.0.quantity=2; repeatable."),
    ] = None,
    editor: Annotated[bool, typer.Option("--editor", help="Correct it in $VISUAL or $EDITOR.")] = False,
    show_values: Annotated[
        bool,
        typer.Option(
            "--show-values", help="Show old and new values; they may be personal data, and the look is recorded."
        ),
    ] = False,
    why: Reason = None,
    who: Actor,
    yes: Yes = False,
) -> None:
    """Correct a dead letter's message, and send the corrected one.

    The names of changed fields are shown; the message is validated before it is sent, with an id of its own.
    """
    if sum((file is not None, bool(fields), editor)) != 1:
        raise typer.BadParameter(_ONE_OF)
    if editor and not at_terminal():
        raise typer.BadParameter("--editor needs a terminal; give --file or --set.")
    assignments = [_assignment(field) for field in fields or ()]
    require_confirmation(yes=yes, otherwise="pass --yes after checking with `crossdock dead-letters show ID`.")
    with opened_context() as context, naming_commands():
        letter = editing.read_body(context, letter_id)
        session = _EditSession(context, letter, who, why, ask=not yes, show_values=show_values)
        if editor:
            session.edit_in_editor()
        else:
            session.apply(editing.read_message(file) if file else editing.with_fields(letter.body, assignments))


@dataclass
class _EditSession:
    """The edit of one letter: previewed, confirmed, applied."""

    context: Context
    letter: LetterBody
    actor: str
    reason: str | None
    ask: bool
    show_values: bool

    def edit_in_editor(self) -> None:
        """Open the editor until the message is valid or the person stops; their text is kept between tries."""
        text = editing.as_text(self.letter.body)
        editing.look_at_body(self.context, self.letter, self.actor, "the whole message, in an editor")
        while True:
            text = edited(text)
            try:
                return self.apply(text.encode())
            except EditRefusedError as error:
                note(str(error))
                confirm("Edit again?", yes=False)

    def apply(self, new_body: bytes) -> None:
        """Show the difference, and replace the message. Raises EditRefusedError, LetterClaimedError."""
        preview = editing.preview_edit(self.context, self.letter, new_body)
        if self.show_values:
            paths = ", ".join(change.path for change in preview.changes)
            editing.look_at_body(self.context, self.letter, self.actor, f"values before and after an edit: {paths}")
        _print(preview, show_values=self.show_values)
        confirm("Send this message?", yes=not self.ask)
        self.reason = audit_reason(self.reason, ask=self.ask)
        done = editing.edit(self.context, self.letter.letter_id, new_body, actor=self.actor, reason=self.reason)
        say(f"Dead letter {done.letter_id} is replaced by message {done.message_id}, which goes to {done.consumer}.")


def _assignment(field: str) -> tuple[str, str]:
    path, equals, value = field.partition("=")
    if not (path and equals):
        raise typer.BadParameter("Write --set PATH=VALUE, such as --set data.items.0.quantity=2.")
    return path, value


def _print(preview: EditPreview, *, show_values: bool) -> None:
    if show_values:
        rows = [(change.path, change.what, change.before, change.after) for change in preview.changes]
        print_table(("FIELD", "CHANGE", "BEFORE", "AFTER"), rows)
    else:
        print_table(("FIELD", "CHANGE"), [(change.path, change.what) for change in preview.changes])
