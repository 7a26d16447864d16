"""Pages of lists: some rows, and the token of the place where the next page begins.

A page begins after a row's key, not after a number of rows, so that it takes as long at the end of a million rows as at
the start, and rows that are added meanwhile move none to another page. API, console and command line take the same
tokens.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from operations.errors import WrongFilterError

Row = TypeVar("Row")
Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Row]):
    """The rows of a page; `next` is the token for the rows that follow it, None on the last page."""

    rows: tuple[Row, ...]
    next: str | None = None

    def shown_as(self, show: Callable[[Row], Shown]) -> "ListPage[Shown]":
        """Return the page with each row as people see it."""
        return ListPage(tuple(map(show, self.rows)), self.next)


@dataclass(frozen=True, slots=True)
class ListKey(Generic[Row]):
    """The key that sorts a list: the types of its parts (`str`, `int`, `datetime`), and how a row has it."""

    types: tuple[type, ...]
    of: Callable[[Row], tuple[Any, ...]]


def list_page(
    key: ListKey[Row], read: Callable[[Any, int], Sequence[Row]], limit: int, after: str | None = None
) -> ListPage[Row]:
    """Return the page after a token, the first without one; *read* gets the key that it begins after and how many rows.

    Raises WrongFilterError for a token that is not of a list sorted alike.
    """
    fetched = read(_parse(key.types, after) if after else None, limit + 1)
    rows = tuple(fetched[:limit])
    return ListPage(rows, _format(key.of(rows[-1])) if len(fetched) > limit else None)


def _format(key: Sequence[Any]) -> str:
    parts = [part.isoformat() if isinstance(part, datetime) else part for part in key]
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _parse(types: Sequence[type], token: str) -> tuple[Any, ...]:
    try:
        parts = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return tuple(_part(kind, part) for kind, part in zip(types, parts, strict=True))
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise WrongFilterError("The page's position cannot be read; start from the first page.") from None


def _part(kind: type, value: object) -> object:
    if kind is datetime:
        instant = datetime.fromisoformat(str(value))
        return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
    if type(value) is not kind or not _is_storable(value):
        raise ValueError(value)
    return value


def _is_storable(value: object) -> bool:
    """Whether the databases have such a text or number. Raises ValueError for a text that is not UTF-8."""
    if isinstance(value, str):
        return b"\0" not in value.encode()
    return not isinstance(value, int) or abs(value) < 2**63
