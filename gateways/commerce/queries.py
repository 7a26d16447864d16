"""searchCriteria: the query of a list, encoded as Commerce's signature check demands."""

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from urllib.parse import quote

MAX_VALUES = 50
"""Values in one filter, so that the address stays below the 8 KiB that web servers take."""


class Filter(NamedTuple):
    """One condition; all of a query's must hold."""

    field: str
    value: str
    condition: str = "eq"


def search(*filters: Filter, fields: str = "", page: int = 1, page_size: int = 0, sort: str = "") -> str:
    """Return the query string, with the names of Adobe's description."""
    pairs: list[tuple[str, str]] = []
    for number, criterion in enumerate(filters):
        name = f"searchCriteria[filterGroups][{number}][filters][0]"
        pairs += [
            (f"{name}[field]", criterion.field),
            (f"{name}[value]", criterion.value),
            (f"{name}[conditionType]", criterion.condition),
        ]
    if sort:
        pairs += [("searchCriteria[sortOrders][0][field]", sort), ("searchCriteria[sortOrders][0][direction]", "ASC")]
    if page_size:
        pairs += [("searchCriteria[pageSize]", str(page_size)), ("searchCriteria[currentPage]", str(page))]
    if fields:
        pairs.append(("fields", fields))
    return "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in pairs])


@lru_cache(maxsize=512)
def _quoted(text: str) -> str:
    """Return a text encoded; the names and most values are the same in all queries."""
    return quote(text, safe="")


def among(field: str, values: Collection[str]) -> Iterator[Filter]:
    """Yield filters that together match all entities with one of the values; a value with a comma has its own."""
    plain = iter(sorted(value for value in values if "," not in value))
    while chunk := list(islice(plain, MAX_VALUES)):
        yield Filter(field, ",".join(chunk), "in")
    for value in sorted(value for value in values if "," in value):
        yield Filter(field, value)


def path(*parts: Sequence[str] | str | int) -> str:
    """Return a path below the API's version, its parts encoded."""
    return "/V1/" + "/".join(quote(str(part), safe="") for part in parts)
