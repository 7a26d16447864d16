"""crossdock dead-letters edit: a corrected message takes the place of a dead letter's own."""

import json
import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options.confirmation import Actor, Reason, Yes, at_terminal, audit_reason, confirm, require_confirmation
from cli.session import opened
from cli.terminal.output import note, print_table, say
from ledger.ledger import Ledger
from operations.dead_letters import edit as editing
from operations.dead_letters.json_document import Change, changes, read_json, set_field, write_json
from operations.errors import EditRefusedError

_ONE_WAY = "Give one of --file, --set and --editor."


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
        bool, typer.Option("--show-values", help="Show what stood and stands in the fields; it may be personal.")
    ] = False,
    why: Reason = None,
    who: Actor,
    yes: Yes = False,
) -> None:
    """Correct a dead letter's message.

    What is changed is shown by the fields' names; the message is checked before it is sent, under an id of its own.
    """
    if sum((file is not None, bool(fields), editor)) != 1:
        raise typer.BadParameter(_ONE_WAY)
    if editor and not at_terminal():
        raise typer.BadParameter("--editor takes a terminal; give --file or --set.")
    pairs = [_pair(field) for field in fields or ()]
    require_confirmation(yes=yes, otherwise="look with `crossdock dead-letters show ID`, then give --yes.")
    with opened() as ledger:
        with ledger.read() as work:
            letter = work.dead_letters.by_prefix(letter_id)
            old = work.dead_letters.message(letter.id).body
        change = _Edit(ledger, letter.id, old, who, why, ask=not yes, show_values=show_values)
        if editor:
            change.by_editor()
        else:
            change.apply(file.read() if file else _with_fields(old, pairs))


class _Edit:
    """One letter's edit: shown, agreed to, checked, done."""

    def __init__(
        self, ledger: Ledger, letter_id: str, old: bytes, who: str, why: str | None, *, ask: bool, show_values: bool
    ) -> None:
        self._ledger = ledger
        self._letter_id = letter_id
        self._old = old
        self._who = who
        self._why = why
        self._ask = ask
        self._show_values = show_values

    def by_editor(self) -> None:
        """Let the person edit until the message is right or they give up: their work is not thrown away."""
        text = _laid_out(self._old)
        while True:
            text = _edited(text)
            try:
                return self.apply(text.encode())
            except EditRefusedError as error:
                note(str(error))
                confirm("Edit again?", yes=False)

    def apply(self, new: bytes) -> None:
        """Show the difference, and replace the message. Raises EditRefusedError."""
        found = _differences(self._old, new)
        if not found:
            raise EditRefusedError("The message is as it was; nothing was changed.")
        _print(found, show_values=self._show_values)
        confirm("Send the message so?", yes=not self._ask)
        self._why = audit_reason(self._why, ask=self._ask)
        done = editing.edit(self._ledger, self._letter_id, new, who=self._who, why=self._why)
        say(
            f"Dead letter {done.letter_id} is replaced by the message {done.message_id}, which goes to {done.consumer}."
        )


def _pair(field: str) -> tuple[str, str]:
    path, equals, value = field.partition("=")
    if not (path and equals):
        raise typer.BadParameter("Write --set PATH=VALUE, such as --set data.items.0.quantity=2.")
    return path, value


def _with_fields(body: bytes, pairs: list[tuple[str, str]]) -> bytes:
    document = _parsed(body)
    if not isinstance(document, dict):
        raise EditRefusedError("The message is no JSON object, so it has no fields to set; give the whole by --file.")
    for path, value in pairs:
        set_field(document, path, value)
    return write_json(document)


def _parsed(body: bytes) -> Any:
    """Return what a body says as JSON, or nothing."""
    try:
        return read_json(body)
    except ValueError:
        return None


def _laid_out(body: bytes) -> str:
    document = _parsed(body)
    if document is not None:
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise EditRefusedError("The message is not text, so no editor can open it; give the whole by --file.") from None


def _edited(text: str) -> str:
    """Return the text as the person's editor leaves it. The file is for its owner only, and gone afterwards."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="crossdock-") as folder:
        path = Path(folder) / "message.json"
        path.write_text(text, "utf-8")
        try:
            subprocess.run([*shlex.split(command), str(path)], check=True)  # noqa: S603 - the person's own editor
            return path.read_text("utf-8")
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            raise EditRefusedError(
                f"The editor {command} failed ({type(error).__name__}); nothing was changed."
            ) from None


def _differences(old: bytes, new: bytes) -> list[Change]:
    before, after = _parsed(old), _parsed(new)
    if before is not None and after is not None:
        return list(changes(before, after))
    return [Change("the whole", "changed", repr(old), repr(new))] if old != new else []


def _print(found: list[Change], *, show_values: bool) -> None:
    if show_values:
        print_table(("FIELD", "CHANGE", "BEFORE", "AFTER"), [(c.path, c.what, c.before, c.after) for c in found])
    else:
        print_table(("FIELD", "CHANGE"), [(c.path, c.what) for c in found])
