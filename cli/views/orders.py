"""Text of orders: the list, one order with its tables, its history, CSV."""

from collections.abc import Iterable, Sequence
from typing import TextIO

from cli.command_line import to_json
from cli.terminal.output import counted, note, print_facts, print_table, say, to_seconds
from operations.orders.export import csv_lines
from operations.orders.models import OrderDetails, OrderPage, OrderRow, PublishedLine
from schemas.money import Money

TABLES = ("blocked_on", "items", "instructions", "shipments", "history")
"""The lists of an order; each is printed as a table of its own."""

COLUMNS = ("ORDER", "STORE", "BOUGHT", "STATUS", "IMPORT", "TOTAL", "COMMERCE", "NOTE")


def print_page(page: OrderPage) -> None:
    """Print a page of the list, and the number of orders and pages."""
    print_table(COLUMNS, [_cells(row) for row in page.orders])
    counted_orders = counted(page.count, "order")
    note(f"{counted_orders}, page {page.page} of {page.pages}." if page.pages else f"More than {counted_orders}.")


def _cells(row: OrderRow) -> tuple[object, ...]:
    return (
        row.amazon_order_id,
        row.store_id,
        to_seconds(row.purchase_date),
        row.status,
        row.import_state,
        row.total,
        row.commerce_order,
        _note(row),
    )


def _note(row: OrderRow) -> str:
    """Return the note; an open request of the buyer's to cancel comes first where the note is about something else."""
    request = row.buyer_cancellation
    return row.note if request is None or request in row.note else f"{request}. {row.note}"


def write_csv(rows: Iterable[OrderRow], file: TextIO) -> None:
    """Write orders as CSV."""
    file.writelines(csv_lines(rows))


def print_order(order: OrderDetails) -> None:
    """Print an order: its facts line by line, then its tables that have rows."""
    document = to_json(order)
    print_facts({name: value for name, value in (document | _texts(order)).items() if name not in TABLES})
    for name in TABLES:
        # The note has the reasons of the order's blockers.
        rows = [{column: cell for column, cell in row.items() if column != "reason"} for row in document[name]]
        if rows:
            say("", f"{name.replace('_', ' ').capitalize()}")
            print_table(
                [column.upper() for column in rows[0]], [[_text(value) for value in row.values()] for row in rows]
            )


def _text(value: object) -> object:
    """Return an amount or a list, which is an object or an array in JSON, as text; every other value as it is."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(Money.model_validate(value)) if isinstance(value, dict) else value


def _texts(order: OrderDetails) -> dict[str, object]:
    """Return the facts whose JSON is an object, as text."""
    created, cancellation, accepted = order.commerce_order, order.cancellation, order.accepted_total
    declined = order.declined_cancellation
    sent = cancellation and ("sent to Amazon" if cancellation.sent else "to be sent")
    return {
        "total": order.total,
        "commerce_order": created and f"{created.number} ({created.status})",
        "cancellation": cancellation and f"{cancellation.reason} ({sent})",
        "declined_cancellation": declined and f"by {declined.who} ({declined.reason})",
        "accepted_total": accepted and f"{accepted.total} by {accepted.who} ({accepted.reason})",
    }


def print_history(lines: Sequence[PublishedLine]) -> None:
    """Print an order's history as a table."""
    rows = [(to_seconds(line.time), line.event, line.publisher, line.source, line.note) for line in lines]
    print_table(("TIME", "EVENT", "PUBLISHER", "SOURCE", "NOTE"), rows)
