"""The options that cut a list into pages, the same for every list, and the note where a list is cut."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import typer

from cli.terminal.output import note
from operations.errors import NotFoundError

Row = TypeVar("Row")

Limit = Annotated[int, typer.Option("--limit", "--page-size", min=1, max=10_000, help="Maximum number of rows.")]
"""Rows of a page. All of them are in memory at once, at three kilobytes for a dead letter."""

PageNumber = Annotated[int, typer.Option("--page", min=1, max=1_000_000, help="Page number.")]


def read_page(read: Callable[[int, int], Sequence[Row]], limit: int, page: int) -> tuple[Sequence[Row], bool]:
    """Return the rows of a page, and whether rows follow it; *read* gets the number of rows and of those before.

    Raises NotFoundError for a page after the last.
    """
    rows = read(limit + 1, rows_before(limit, page))
    if page > 1 and not rows:
        raise NotFoundError(f"There is no page {page}.")
    return rows[:limit], len(rows) > limit


def rows_before(limit: int, page: int) -> int:
    """Return the number of rows on the pages before this one."""
    return (page - 1) * limit


def note_if_cut(page: int, *, is_cut: bool) -> None:
    """Print on standard error that rows follow, and which option shows them."""
    if is_cut:
        note(f"The list is cut: --page {page + 1} shows the next rows, a higher --limit more at once.")
