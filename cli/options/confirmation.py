"""Before many things are changed: who does it, why, and whether the person means it. All of it goes on record."""

import getpass
import sys
from typing import Annotated

import typer

NO_REASON = "No reason was given."


def _this_person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


Actor = Annotated[
    str, typer.Option(default_factory=_this_person, show_default="$USER", help="Who does it; goes on record.")
]
Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Why; goes on record.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def at_terminal() -> bool:
    """Tell whether there is a person to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def require_confirmation(*, yes: bool, otherwise: str, as_json: bool = False) -> None:
    """Refuse a call that nobody can be asked about; *otherwise* says what to give."""
    if not yes and (as_json or not at_terminal()):
        raise typer.BadParameter(f"There is nobody to ask: {otherwise}")


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless that was answered before. Ends the command with 1 when the person does not want it."""
    if not yes and not typer.confirm(question, err=True):
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(1)


def audit_reason(why: str | None, *, ask: bool) -> str:
    """Return why; with *ask*, a person at the terminal who has not said it is asked."""
    if why is None and ask and at_terminal():
        why = typer.prompt("Why? It goes on record", err=True, default="", show_default=False)
    return (why or "").strip() or NO_REASON
