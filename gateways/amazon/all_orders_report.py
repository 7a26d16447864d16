"""Order reports read into our payloads: GET_FLAT_FILE_ALL_ORDERS_DATA_*, and sellers' exports of the same columns."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateways.amazon.found import Read, Skipped, read
from gateways.amazon.money import Told
from gateways.amazon.payload import ORDER_ID, about, build, kept_items
from gateways.amazon.report_columns import Columns
from gateways.amazon.report_lines import Torn, decoded, read_rows
from gateways.amazon.report_rows import Row, order_id, read_row
from gateways.errors import UnreadableInputError
from schemas.payloads import OrderPlaced
from schemas.status import AmazonStatus

Orders = dict[str, list[Row | Skipped]]
"""The rows of a report by the order they belong to, broken ones among them."""


def read_report(lines: Iterable[bytes], store_id: str, columns: Mapping[str, str]) -> Iterator[Read | Skipped]:
    """Read a report, one `OrderPlaced` an order whatever its status; its rows need not stand together.

    *lines* is a binary file or any part of its bytes in turn; the whole report is held in memory. *columns* says
    which header stands for which of Amazon's columns where the file has other names. An order with a broken row is
    skipped whole, each of its rows with the reason. Raises UnreadableInputError when a necessary column is missing.
    """
    rows = read_rows(decoded(b"".join(lines)))
    _, header = next(rows, (0, None))
    if header is None:
        return
    if isinstance(header, Torn):
        raise UnreadableInputError(f"The header of the report cannot be read. {header.reason}")
    orders, strays = _by_order(rows, Columns(header, columns))
    found = [one for order in orders.values() for one in _read(order, store_id)]
    yield from sorted([*strays, *found], key=lambda one: one.line)


def _by_order(rows: Iterable[tuple[int, list[str] | Torn]], columns: Columns) -> tuple[Orders, list[Skipped]]:
    """Return the rows by order, and apart from them what cannot be said to belong to any."""
    orders: Orders = defaultdict(list)
    strays = []
    for line, row in rows:
        try:
            cells = _cells(row, columns)
            # A row without any known cell belongs to the tables that people put beside the report.
            if cells:
                orders[order_id(cells)].append(_row(cells, line))
        except UnreadableInputError as error:
            text = row.text if isinstance(row, Torn) else " ".join(row)
            # An order named in lines that cannot be read would be read without them.
            named = dict.fromkeys(ORDER_ID.findall(text))
            for key in named:
                orders[key].append(Skipped(line, about(key, str(error))))
            if not named:
                strays.append(Skipped(line, str(error)))
    return orders, strays


def _cells(row: list[str] | Torn, columns: Columns) -> Mapping[str, str]:
    if isinstance(row, Torn):
        raise UnreadableInputError(row.reason)
    return columns.cells(row)


def _row(cells: Mapping[str, str], line: int) -> Row | Skipped:
    try:
        return read_row(cells, line)
    except UnreadableInputError as error:
        return Skipped(line, about(cells["amazon-order-id"], str(error)))


def _read(order: list[Row | Skipped], store_id: str) -> list[Read | Skipped]:
    """Read an order from its rows, or skip them all: an order without one of its lines would be a wrong order."""
    rows = [row for row in order if isinstance(row, Row)]
    broken = next((row for row in order if isinstance(row, Skipped)), None)
    if broken is not None:
        reason = f"another row of the order (line {broken.line}) is broken."
        return [row if isinstance(row, Skipped) else Skipped(row.line, about(row.order_id, reason)) for row in order]
    try:
        payload = _payload(rows, store_id)
    except UnreadableInputError as error:
        return [Skipped(row.line, about(row.order_id, str(error))) for row in rows]
    name = f"report/{payload.amazon_order_id}/{payload.last_update_date.isoformat()}/{payload.status}"
    return [read(payload, name, rows[0].line)]


def _payload(rows: Sequence[Row], store_id: str) -> OrderPlaced:
    status = _status(rows)
    facts: Told = {
        "store_id": store_id,
        "amazon_order_id": rows[0].order_id,
        "status": status,
        "last_update_date": max(row.changed_at for row in rows),
        "items": kept_items(_items(rows, status), status),
    }
    return build(OrderPlaced, rows[0].facts | facts)


def _items(rows: Sequence[Row], status: AmazonStatus) -> list[Told]:
    """Return the order's lines without canceled ones, unless all are.

    Where the report has no id for a line, its place among the order's rows is one that lasts.
    """
    return [
        {**row.item, "order_item_id": row.item["order_item_id"] or f"{row.order_id}/{place}"}
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
    return furthest
