"""The first pass over a report: the rows of each order, and the order of day and month in dates."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateways.amazon.marketplaces import is_sold_elsewhere
from gateways.amazon.payload import ORDER_ID, with_order_id
from gateways.amazon.reports.columns import ReportColumns
from gateways.amazon.reports.dates import DateOrder
from gateways.amazon.reports.row import order_id
from gateways.amazon.reports.rows_from_bytes import MalformedRow
from gateways.amazon.results import SkippedLine
from gateways.errors import UnreadableInputError

DATES = ("purchase-date", "last-updated-date")


@dataclass
class Index:
    """The facts of the whole report that are needed before its first order can be parsed.

    `orders` has the first line of each of an order's rows, or why such a row cannot be parsed, in the order of the
    report. `strays` are rows of no order, and `sold_elsewhere` counts the rows of orders not sold on Amazon.
    """

    orders: dict[str, list[int | SkippedLine]] = field(default_factory=lambda: defaultdict(list))
    strays: list[SkippedLine] = field(default_factory=list)
    dates: DateOrder = field(default_factory=DateOrder)
    sold_elsewhere: int = 0


def index_rows(rows: Iterable[tuple[int, list[str] | MalformedRow]], columns: ReportColumns) -> Index:
    """Index the rows after the header."""
    index = Index()
    for line, row in rows:
        try:
            cells = cells_of(row, columns)
            # A row without any known cell belongs to a table that a person put beside the report.
            if cells:
                _note(index, line, cells)
        except UnreadableInputError as error:
            _skip(index, line, row.text if isinstance(row, MalformedRow) else " ".join(row), str(error))
    return index


def _note(index: Index, line: int, cells: Mapping[str, str]) -> None:
    """Index a row that can be split into cells. Raises UnreadableInputError when it belongs to no order."""
    if is_sold_elsewhere(cells.get("sales-channel", "")):
        index.sold_elsewhere += 1
        return
    index.orders[order_id(cells)].append(line)
    for name in DATES:
        index.dates.add(cells.get(name, ""), line)


def cells_of(row: list[str] | MalformedRow, columns: ReportColumns) -> Mapping[str, str]:
    """Return the row's cells by Amazon's names. Raises UnreadableInputError."""
    if isinstance(row, MalformedRow):
        raise UnreadableInputError(row.reason)
    return columns.cells(row)


def _skip(index: Index, line: int, text: str, reason: str) -> None:
    """Index a broken row for every order named in it: without it they would be parsed incompletely."""
    named = dict.fromkeys(ORDER_ID.findall(text))
    for key in named:
        index.orders[key].append(SkippedLine(line, with_order_id(key, reason)))
    if not named:
        index.strays.append(SkippedLine(line, reason))
