"""The filter of a list of orders as people see it: the form's fields, a chip for each condition, the sort links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from operations.orders.list_query import ListQuery, descends_by_default, format_query
from schemas.order_filters import OrderPager, SortColumn

ORDERS = "/orders"

LABELS: Mapping[str, str] = {
    "from": "Purchased from",
    "to": "Purchased to",
    "order": "Order number",
    "total_min": "Total from",
    "total_max": "Total to",
    "status": "Status",
    "store": "Store",
    "import_state": "Import",
    "asks_to_cancel": "Buyer asks to cancel",
    "buyer": "Buyer's name",
}
"""The conditions of the filter by their parameters in the address."""

_PAGE = ("page", "after", "before", "names")
_FLAGS = ("asks_to_cancel", "buyer")

Parameters = Sequence[tuple[str, str]]


class Chip(NamedTuple):
    """A condition in force, and the address of the list without it."""

    label: str
    without: str


class Head(NamedTuple):
    """The head of a column: its label, the address of the list sorted by it, and its present sorting, if it has one."""

    label: str
    href: str | None
    sorted: str | None


@dataclass(frozen=True, slots=True)
class FilterForm:
    """The fields of the form, as they were given."""

    parameters: Parameters

    def value(self, name: str) -> str:
        """Return the value of a field, "" without one."""
        return next((value for field, value in reversed(self.parameters) if field == name), "")

    def values(self, name: str) -> list[str]:
        """Return all values of a field."""
        return [value for field, value in self.parameters if field == name]

    @property
    def chips(self) -> list[Chip]:
        """Return a chip for each condition."""
        conditions = [pair for pair in dict.fromkeys(self.parameters) if pair[0] in LABELS and pair[1]]
        kept = [pair for pair in self.parameters if pair[0] not in _PAGE]
        return [Chip(_label(*pair), address([other for other in kept if other != pair])) for pair in conditions]


def _label(name: str, value: str) -> str:
    return LABELS[name] if name in _FLAGS else f"{LABELS[name]}: {value.replace('_', ' ')}"


def address(parameters: Parameters) -> str:
    """Return the address of the list with these parameters."""
    return f"{ORDERS}?{urlencode(parameters)}" if parameters else ORDERS


def address_of(query: ListQuery) -> str:
    """Return the address of a list."""
    text = format_query(query)
    return f"{ORDERS}?{text}" if text else ORDERS


COLUMNS: Sequence[tuple[str, SortColumn | None]] = (
    ("Purchase date", SortColumn.PURCHASE_DATE),
    ("Order number", SortColumn.AMAZON_ORDER_ID),
    ("Store", SortColumn.STORE_ID),
    ("Status", SortColumn.STATUS),
    ("Import", SortColumn.IMPORT_STATE),
    ("Buyer's name", None),
    ("Grand total", SortColumn.TOTAL),
    ("Order notes", None),
)
"""The columns of the list. Names are encrypted, so no list is sorted by them; by other columns its address sorts it."""


def heads(query: ListQuery) -> list[Head]:
    """Return the heads of the columns; a second click reverses the direction."""
    return [_head(query, label, column) for label, column in COLUMNS]


def _head(query: ListQuery, label: str, column: SortColumn | None) -> Head:
    if column is None:
        return Head(label, None, None)
    now = query.pager
    is_sorted = now.sort is column
    descending = not now.descending if is_sorted else descends_by_default(column)
    pager = OrderPager(column, descending, page_size=now.page_size)
    direction = ("descending" if now.descending else "ascending") if is_sorted else None
    return Head(label, address_of(ListQuery(query.wanted, pager)), direction)
