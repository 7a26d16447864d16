"""Keyset paging: rows in key order, a page at a time, each after the last key of the page before."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, tuple_

Row = TypeVar("Row")


@dataclass(slots=True)
class Page:
    """A page to be read: at most `limit` rows after the key `after`, from the start if that is None."""

    limit: int
    after: Any = None
    is_last: bool = False

    def read(self, rows: Sequence[Row], key: Callable[[Row], Any] | None = None) -> Sequence[Row]:
        """Return the rows that were read for this page; if it is not full, it is the last one.

        *key* returns a row's key; without it the next page starts at the same key, as where rows leave a queue.
        """
        self.is_last = len(rows) < self.limit
        if key and rows:
            self.after = key(rows[-1])
        return rows


def after(columns: Sequence[Column[Any]], key: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition of rows whose key comes after another, as the databases find it by an index."""
    return tuple_(*columns) > tuple_(*key, types=[column.type for column in columns])


def before(columns: Sequence[Column[Any]], key: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition of rows whose key comes before another: those that follow it in a list of the latest."""
    return tuple_(*columns) < tuple_(*key, types=[column.type for column in columns])


def pages(limit: int) -> Iterator[Page]:
    """Yield one page after another until the last one was read; `Page.read` must be called for each."""
    page = Page(limit)
    while not page.is_last:
        yield page
