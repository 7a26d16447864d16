"""Lists in pages: as many rows as were asked for, and a cursor for those that follow."""

from typing import Annotated, Generic, NamedTuple, TypeVar

from fastapi import Depends, Query
from pydantic import Field

from operations.list_pages import ListPage
from schemas.value import Value

Row = TypeVar("Row")
MAX_LIMIT = 500
"""Rows of a page, at most: some two megabytes of dead letters."""


class Page(Value, Generic[Row]):
    """A page of a list. The list goes on where there is a `next_cursor`."""

    items: tuple[Row, ...]
    next_cursor: str | None = None


class Paging(NamedTuple):
    """The rows that are asked for: at most `limit`, after those of the page that gave the `cursor`, if there is one."""

    limit: int
    cursor: str


Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Rows of the page, at most.")]
Cursor = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{0,2000}$", description="`next_cursor` of the page before; empty for the first.")
]


def _paging(limit: Annotated[Limit, Query()] = 50, cursor: Annotated[Cursor, Query()] = "") -> Paging:
    return Paging(limit, cursor)


Paged = Annotated[Paging, Depends(_paging)]
"""A parameter of a handler that answers with a page."""


def page_of(listed: ListPage[Row]) -> Page[Row]:
    """Return a page of a list as the API answers."""
    return Page(items=listed.rows, next_cursor=listed.next)
