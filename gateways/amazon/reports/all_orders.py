"""Parses order reports to payloads: GET_FLAT_FILE_ALL_ORDERS_DATA_*, sellers' exports with the same columns, and the
reports New Orders and Unshipped Orders.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import chain

from gateways.amazon.money import Facts
from gateways.amazon.payload import build, uncanceled_items, with_order_id
from gateways.amazon.reports.columns import ReportColumns
from gateways.amazon.reports.index import cells_of, index_rows
from gateways.amazon.reports.instructions import instructions_of_rows
from gateways.amazon.reports.row import Row, read_row
from gateways.amazon.reports.rows_from_bytes import MalformedRow, ReportText
from gateways.amazon.results import Notice, ParsedReport, SkippedLine, parsed_report, sold_elsewhere_notice
from gateways.errors import UnreadableInputError
from schemas.input_limits import REPORT_BYTES, read_whole
from schemas.payloads import OrderPlaced
from schemas.status import AmazonStatus
from schemas.synthetic_items import synthetic_id


def read_report(
    chunks: Iterable[bytes],
    store_id: str,
    columns: Mapping[str, str],
    encoding: str | None = None,
    store_marketplace: str | None = None,
) -> Iterator[ParsedReport | SkippedLine | Notice]:
    """Parse a report, one `OrderPlaced` an order whatever its status; the rows of an order need not be adjacent.

    *chunks* are the bytes of the file; the lines of the whole report are kept in memory, its orders are parsed one by
    one. *columns* maps Amazon's columns to the file's headers where it has other names. *encoding* is
    needed for a file in none of the encodings that are detected. The New Orders and the Unshipped Orders report are
    parsed as well; where they do not name the marketplace, it is *store_marketplace*. An order with a broken row is
    skipped as a whole, each of its rows with the reason; an order that was not sold on Amazon is omitted. Raises
    InputLimitError when the file is too large, UnreadableInputError when it is in another encoding or is another of
    Amazon's reports, a required column is missing, or dates are written in two ways.
    """
    report = ReportText(read_whole(chunks, REPORT_BYTES, "fetch it for fewer days at a time"), encoding)
    rows = report.rows()
    _, header = next(rows, (0, None))
    if header is None:
        return
    if isinstance(header, MalformedRow):
        raise UnreadableInputError(f"The header of the report cannot be read. {header.reason}")
    mapping = ReportColumns(header, columns, store_marketplace)
    index = index_rows(rows, mapping)
    day_first = index.dates.day_first()
    if index.sold_elsewhere:
        yield sold_elsewhere_notice(index.sold_elsewhere, "rows")
    orders = (_rows(report, mapping, positions, day_first=day_first) for positions in index.orders.values())
    yield from _by_line(index.strays, (_read(order, store_id) for order in orders))


def _by_line(
    strays: Iterable[SkippedLine], orders: Iterable[Sequence[ParsedReport | SkippedLine]]
) -> Iterator[ParsedReport | SkippedLine]:
    """Yield all results in the order of their lines. Orders are sorted by their first line; skipped rows are queued."""
    queued = [(stray.line, stray.reason) for stray in strays]
    for result in chain.from_iterable(orders):
        if isinstance(result, SkippedLine):
            heappush(queued, (result.line, result.reason))
            continue
        while queued and queued[0][0] < result.line:
            yield SkippedLine(*heappop(queued))
        yield result
    yield from (SkippedLine(*skipped) for skipped in sorted(queued))


def _rows(
    report: ReportText, columns: ReportColumns, positions: Sequence[int | SkippedLine], *, day_first: bool
) -> list[Row | SkippedLine]:
    """Parse the rows of an order that begin at these lines, except those already found broken.

    An order has one currency, which a row with amounts of 0 may omit.
    """
    cells_by_line = {line: cells_of(next(report.rows(line))[1], columns) for line in positions if isinstance(line, int)}
    currencies = [cells["currency"] for cells in cells_by_line.values() if "currency" in cells]
    currency = {"currency": currencies[0]} if currencies else {}
    return [
        line if isinstance(line, SkippedLine) else _row({**currency, **cells_by_line[line]}, line, day_first=day_first)
        for line in positions
    ]


def _row(cells: Mapping[str, str], line: int, *, day_first: bool) -> Row | SkippedLine:
    try:
        return read_row(cells, line, day_first=day_first)
    except UnreadableInputError as error:
        return SkippedLine(line, with_order_id(cells["amazon-order-id"], str(error)))


def _read(order: list[Row | SkippedLine], store_id: str) -> list[ParsedReport | SkippedLine]:
    """Parse an order from its rows, or skip them all: an order that lacks one of its lines would be wrong."""
    rows = [row for row in order if isinstance(row, Row)]
    broken = next((row for row in order if isinstance(row, SkippedLine)), None)
    if broken is not None:
        reason = f"another row of the order (line {broken.line}) is broken."
        return [
            row if isinstance(row, SkippedLine) else SkippedLine(row.line, with_order_id(row.order_id, reason))
            for row in order
        ]
    try:
        payload = _payload(rows, store_id)
    except UnreadableInputError as error:
        return [SkippedLine(row.line, with_order_id(row.order_id, str(error))) for row in rows]
    name = f"report/{payload.amazon_order_id}/{payload.last_update_date.isoformat()}/{payload.status}"
    return [parsed_report(payload, name, rows[0].line)]


def _payload(rows: Sequence[Row], store_id: str) -> OrderPlaced:
    status = _status(rows)
    items = uncanceled_items(_items(rows, status), status)
    if not items:
        raise UnreadableInputError(
            f"All of its items are canceled, yet the order is {status}: only an order-status of Cancelled cancels it."
        )
    facts: Facts = {
        "store_id": store_id,
        "amazon_order_id": rows[0].order_id,
        "status": status,
        "last_update_date": max(row.changed_at for row in rows),
        "items": items,
    }
    instructions = instructions_of_rows({_item_id(row, at): row.instructions for at, row in enumerate(rows, 1)})
    return build(OrderPlaced, rows[0].facts | instructions | facts)


def _items(rows: Sequence[Row], status: AmazonStatus) -> list[Facts]:
    """Return the order's lines without canceled ones, unless the order is canceled.

    A line without id gets a synthetic one, of its position among the order's rows, which is the same in every report.
    """
    return [
        {**row.item, "order_item_id": _item_id(row, position)}
        for position, row in enumerate(rows, 1)
        if status is AmazonStatus.CANCELED or not row.is_canceled
    ]


def _item_id(row: Row, position: int) -> str:
    return str(row.item["order_item_id"] or synthetic_id(row.order_id, position))


def _status(rows: Sequence[Row]) -> AmazonStatus:
    """Return the order's status from its rows': canceled when all are, else the furthest of the others.

    Only order-status is a fact of the order. That all items of the report are canceled by their item-status does not
    cancel it: a report may lack other lines of the order, and a cancellation is final.
    """
    open_rows = [row for row in rows if not row.is_canceled]
    statuses = {row.status for row in open_rows or rows} - {AmazonStatus.CANCELED}
    if not statuses:
        return AmazonStatus.CANCELED
    furthest = max(statuses, key=lambda status: status.rank)
    # As shipped the order would be completed although some of its lines are not shipped yet.
    if furthest is AmazonStatus.SHIPPED and len(statuses) > 1:
        return AmazonStatus.PARTIALLY_SHIPPED
    return furthest
