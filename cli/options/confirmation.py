"""Confirmation prompts, and the actor and reason of an action, for the audit log."""

import getpass
import sys
from typing import Annotated

import typer

from schemas.visible_text import visible

NO_REASON = "No reason was given."


def _current_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


Actor = Annotated[
    str, typer.Option(default_factory=_current_user, show_default="$USER", help="Actor, for the audit log.")
]
Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Reason, for the audit log.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


def at_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def require_confirmation(*, yes: bool, otherwise: str, as_json: bool = False) -> None:
    """Raise typer.BadParameter where no person can be asked; *otherwise* is the advice."""
    if not yes and (as_json or not at_terminal()):
        raise typer.BadParameter(f"Not a terminal: {otherwise}")


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless *yes* answers already. A no ends the command with 1."""
    if not yes and not typer.confirm(visible(question), err=True):
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(1)


def audit_reason(why: str | None, *, ask: bool) -> str:
    """Return the reason; with *ask*, prompt for it at a terminal when *why* is None."""
    if why is None and ask and at_terminal():
        why = typer.prompt("Reason (audit log)", err=True, default="", show_default=False)
    return (why or "").strip() or NO_REASON
