"""A page of a list whose length is not counted: one row more is read, to know whether another page follows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Query

Row = TypeVar("Row")

PageNumber = Annotated[int, Query(alias="page", ge=1, le=100_000)]
"""A parameter of a handler: the number of the page in its address."""


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Row]):
    """The rows of a page, its number from 1, and whether another one follows."""

    rows: tuple[Row, ...]
    number: int
    has_next: bool


def list_page(read: Callable[[int, int], Sequence[Row]], number: int, size: int) -> ListPage[Row]:
    """Return a page; *read* takes how many rows to read, and after how many."""
    rows = tuple(read(size + 1, (number - 1) * size))
    return ListPage(rows[:size], number, len(rows) > size)
