"""Lists in pages: as many rows as were asked for, and a cursor for those that follow."""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, NamedTuple, Protocol, TypeVar

from fastapi import Depends, Query
from pydantic import Field

from schemas.value import Value

Row = TypeVar("Row")
MOST = 500
"""Rows of a page, at most: some two megabytes of dead letters."""

MOST_BEFORE = 16_777_215
"""Rows before a page, at most: no list that is read by their number is so long."""


class Page(Value, Generic[Row]):
    """A page of a list. The list goes on where there is a `next_cursor`."""

    items: tuple[Row, ...]
    next_cursor: str | None = None


class Paging(NamedTuple):
    """The rows that are asked for: at most `limit`, from where the page before ended.

    `position` is the number of rows before or, in a log, the position of the last row of the page before; 0 at first.
    """

    limit: int
    position: int


Limit = Annotated[int, Field(ge=1, le=MOST, description="Rows of the page, at most.")]
Cursor = Annotated[
    str, Field(pattern=r"^[0-9a-f]{0,15}$", description="`next_cursor` of the page before; empty for the first.")
]


def paging(limit: Limit, cursor: Cursor) -> Paging:
    """Return the rows that a limit and a cursor ask for."""
    return Paging(limit, int(cursor or "0", 16))


def _paging(limit: Annotated[Limit, Query()] = 50, cursor: Annotated[Cursor, Query()] = "") -> Paging:
    return paging(limit, cursor)


Paged = Annotated[Paging, Depends(_paging)]
"""A parameter of a handler that answers with a page."""


def page(read: Callable[[int, int], Sequence[Row]], asked: Paging) -> Page[Row]:
    """Return a page; *read* gets the number of rows and of those before. A page after the last has no rows.

    The list is read at the time of each page: where rows were added before it meanwhile, rows come twice, none is left
    out.
    """
    rows = read(asked.limit + 1, min(asked.position, MOST_BEFORE))
    following = f"{asked.position + asked.limit:x}" if len(rows) > asked.limit else None
    return Page(items=tuple(rows[: asked.limit]), next_cursor=following)


class LogRow(Protocol):
    """A row of a log, which begins with the latest."""

    @property
    def position(self) -> int | None:
        """Its place in the log."""
        ...


LoggedRow = TypeVar("LoggedRow", bound=LogRow)


def log_page(read: Callable[[int, int | None], Sequence[LoggedRow]], asked: Paging) -> Page[LoggedRow]:
    """Return a page of a log; *read* gets the number of rows and the position that they are older than.

    A page takes the same time anywhere in the log, and rows that are added meanwhile move none to another page.
    """
    rows = read(asked.limit + 1, asked.position or None)
    items = tuple(rows[: asked.limit])
    return Page(items=items, next_cursor=f"{items[-1].position:x}" if len(rows) > asked.limit else None)
