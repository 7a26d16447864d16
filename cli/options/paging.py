"""The options that cut a list into pages, the same for every list, and the note where a list is cut."""

from typing import Annotated

import typer

from cli.terminal.output import note

Limit = Annotated[int, typer.Option("--limit", "--page-size", min=1, max=10_000, help="Maximum number of rows.")]
"""Rows of a page. All of them are in memory at once, at three kilobytes for a dead letter."""

After = Annotated[
    str | None, typer.Option(metavar="POSITION", help="The rows after this position, which the page before named.")
]


def note_next(position: str | None) -> None:
    """Print on standard error that rows follow a page, and which option shows them."""
    if position:
        note(f"The list is cut: --after {position} shows the next rows, a higher --limit more at once.")
