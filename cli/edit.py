"""crossdock dead-letters edit: a corrected message takes the place of a dead letter's own."""

import os
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli.options.confirmation import Actor, Reason, Yes, at_terminal, audit_reason, confirm, require_confirmation
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
        bool, typer.Option("--show-values", help="Show old and new values; they may be personal data.")
    ] = False,
    why: Reason = None,
    who: Actor,
    yes: Yes = False,
) -> None:
    """Correct a dead letter's message.

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
        while True:
            text = _edited(text)
            try:
                return self.apply(text.encode())
            except EditRefusedError as error:
                note(str(error))
                confirm("Edit again?", yes=False)

    def apply(self, new_body: bytes) -> None:
        """Show the difference, and replace the message. Raises EditRefusedError, LetterClaimedError."""
        _print(editing.preview_edit(self.letter, new_body), show_values=self.show_values)
        confirm("Send this message?", yes=not self.ask)
        self.reason = audit_reason(self.reason, ask=self.ask)
        done = editing.edit(self.context, self.letter.letter_id, new_body, actor=self.actor, reason=self.reason)
        say(f"Dead letter {done.letter_id} is replaced by message {done.message_id}, which goes to {done.consumer}.")


def _assignment(field: str) -> tuple[str, str]:
    path, equals, value = field.partition("=")
    if not (path and equals):
        raise typer.BadParameter("Write --set PATH=VALUE, such as --set data.items.0.quantity=2.")
    return path, value


def _edited(text: str) -> str:
    """Return the text as the person's editor leaves it. The file is for its owner only, and removed afterwards."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="crossdock-") as folder:
        path = Path(folder) / "message.json"
        path.write_text(text, "utf-8")
        try:
            subprocess.run([*shlex.split(command), str(path)], check=True)  # noqa: S603 - the person's own editor
            with path.open("rb") as file:
                return editing.read_message(file).decode()
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            raise EditRefusedError(
                f"The editor {command} failed ({type(error).__name__}); nothing was changed."
            ) from None


def _print(preview: EditPreview, *, show_values: bool) -> None:
    if show_values:
        rows = [(change.path, change.what, change.before, change.after) for change in preview.changes]
        print_table(("FIELD", "CHANGE", "BEFORE", "AFTER"), rows)
    else:
        print_table(("FIELD", "CHANGE"), [(change.path, change.what) for change in preview.changes])
