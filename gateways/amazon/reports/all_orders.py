"""Order reports read into our payloads: GET_FLAT_FILE_ALL_ORDERS_DATA_*, and sellers' exports of the same columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import chain

from gateways.amazon.money import Facts
from gateways.amazon.payload import build, uncanceled_items, with_order_id
from gateways.amazon.reports.columns import Columns
from gateways.amazon.reports.index import cells_of, index_rows
from gateways.amazon.reports.row import Row, read_row
from gateways.amazon.reports.rows_from_bytes import MalformedRow, ReportText
from gateways.amazon.results import Notice, ParsedReport, SkippedLine, parsed_report, sold_elsewhere_notice
from gateways.errors import UnreadableInputError
from schemas.payloads import OrderPlaced
from schemas.status import AmazonStatus
from schemas.synthetic_items import synthetic_id


def read_report(
    lines: Iterable[bytes], store_id: str, columns: Mapping[str, str], encoding: str | None = None
) -> Iterator[ParsedReport | SkippedLine | Notice]:
    """Read a report, one `OrderPlaced` an order whatever its status; its rows need not stand together.

    *lines* is a binary file or any part of its bytes in turn; the lines of the whole report are held in memory, its
    orders are read one by one. *columns* says which header stands for which of Amazon's columns where the file has
    other names, *encoding* what the file is in where it is none of those that are known by sight. An order with a
    broken row is skipped whole, each of its rows with the reason; one that was not sold on Amazon is left out. Raises
    UnreadableInputError when the file is in another encoding, a necessary column is missing, or dates are written in
    two ways.
    """
    report = ReportText(b"".join(lines), encoding)
    rows = report.rows()
    _, header = next(rows, (0, None))
    if header is None:
        return
    if isinstance(header, MalformedRow):
        raise UnreadableInputError(f"The header of the report cannot be read. {header.reason}")
    known = Columns(header, columns)
    index = index_rows(rows, known)
    day_first = index.dates.day_first()
    if index.sold_elsewhere:
        yield sold_elsewhere_notice(index.sold_elsewhere, "rows")
    orders = (_rows(report, known, places, day_first=day_first) for places in index.orders.values())
    yield from _by_line(index.strays, (_read(order, store_id) for order in orders))


def _by_line(
    strays: Iterable[SkippedLine], orders: Iterable[Sequence[ParsedReport | SkippedLine]]
) -> Iterator[ParsedReport | SkippedLine]:
    """Yield all that was found by its line. Orders come by their first; only skipped rows further on have to wait."""
    waiting = [(stray.line, stray.reason) for stray in strays]
    for one in chain.from_iterable(orders):
        if isinstance(one, SkippedLine):
            heappush(waiting, (one.line, one.reason))
            continue
        while waiting and waiting[0][0] < one.line:
            yield SkippedLine(*heappop(waiting))
        yield one
    yield from (SkippedLine(*one) for one in sorted(waiting))


def _rows(
    report: ReportText, columns: Columns, places: Sequence[int | SkippedLine], *, day_first: bool
) -> list[Row | SkippedLine]:
    """Read the rows of an order that begin at these lines, unless they are known to be broken.

    An order has one currency, which a row for nothing may leave out.
    """
    found = {at: cells_of(next(report.rows(at))[1], columns) for at in places if isinstance(at, int)}
    told = [cells["currency"] for cells in found.values() if "currency" in cells]
    currency = {"currency": told[0]} if told else {}
    return [
        at if isinstance(at, SkippedLine) else _row({**currency, **found[at]}, at, day_first=day_first) for at in places
    ]


def _row(cells: Mapping[str, str], line: int, *, day_first: bool) -> Row | SkippedLine:
    try:
        return read_row(cells, line, day_first=day_first)
    except UnreadableInputError as error:
        return SkippedLine(line, with_order_id(cells["amazon-order-id"], str(error)))


def _read(order: list[Row | SkippedLine], store_id: str) -> list[ParsedReport | SkippedLine]:
    """Read an order from its rows, or skip them all: an order without one of its lines would be a wrong order."""
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
    facts: Facts = {
        "store_id": store_id,
        "amazon_order_id": rows[0].order_id,
        "status": status,
        "last_update_date": max(row.changed_at for row in rows),
        "items": uncanceled_items(_items(rows, status), status),
    }
    return build(OrderPlaced, rows[0].facts | facts)


def _items(rows: Sequence[Row], status: AmazonStatus) -> list[Facts]:
    """Return the order's lines without canceled ones, unless all are.

    Where the report has no id for a line, its place among the order's rows is one that lasts.
    """
    return [
        {**row.item, "order_item_id": row.item["order_item_id"] or synthetic_id(row.order_id, place)}
        for place, row in enumerate(rows, 1)
        if status is AmazonStatus.CANCELED or row.status is not AmazonStatus.CANCELED
    ]


def _status(rows: Sequence[Row]) -> AmazonStatus:
    """Return the order's status from its rows': canceled when all are, else what the others have come to."""
    statuses = {row.status for row in rows} - {AmazonStatus.CANCELED}
    if not statuses:
        return AmazonStatus.CANCELED
    furthest = max(statuses, key=lambda status: status.rank)
    # Were the order called shipped, it would be completed without the lines that have not left yet.
    if furthest is AmazonStatus.SHIPPED and len(statuses) > 1:
        return AmazonStatus.PARTIALLY_SHIPPED
    # While an order is `Shipping` some of it may have left, by its lines' own status: that cannot be canceled any more.
    if furthest is AmazonStatus.UNSHIPPED and any(row.item["quantity_shipped"] for row in rows):
        return AmazonStatus.PARTIALLY_SHIPPED
    return furthest
