"""crossdock orders list: filters, sorting over the whole set, pages, CSV."""

import csv
import sys
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from cli.options.parsing import amount, moment
from cli.session import opened
from cli.terminal.output import AsJson, counted, note, print_json, print_table, to_seconds, warn
from cli.views.orders import CSV_COLUMNS, csv_row, row
from ledger.ledger import Ledger
from ledger.orders.filters import OrderFilter, OrderPager, SortColumn
from operations.errors import NotFoundError
from schemas.blockers import system_message
from schemas.order import Order
from schemas.status import ImportState, Status

_LATEST_FIRST = (SortColumn.PURCHASE_DATE, SortColumn.LAST_UPDATE_DATE)


def list_orders(  # noqa: PLR0913 - one parameter an option
    *,
    store: Annotated[str | None, typer.Option(help="Only of this store.")] = None,
    status: Annotated[list[Status] | None, typer.Option(help="Only with this status; may be repeated.")] = None,
    import_state: Annotated[
        list[ImportState] | None, typer.Option(help="Only with this state of import; may be repeated.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", parser=moment, metavar="RFC3339", help="Bought then or later.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", parser=moment, metavar="RFC3339", help="Bought then or earlier.")
    ] = None,
    total_min: Annotated[Decimal | None, typer.Option(parser=amount, metavar="AMOUNT", help="At least.")] = None,
    total_max: Annotated[Decimal | None, typer.Option(parser=amount, metavar="AMOUNT", help="At most.")] = None,
    order: Annotated[str | None, typer.Option(help="Only ids that begin so.")] = None,
    sort: Annotated[SortColumn, typer.Option(help="Sorted by this.")] = SortColumn.PURCHASE_DATE,
    descending: Annotated[
        bool | None, typer.Option("--desc/--asc", help="Greatest or least first; the latest first unless said.")
    ] = None,
    page: Annotated[int, typer.Option(min=1, max=1_000_000, help="Which page.")] = 1,
    page_size: Annotated[int, typer.Option(min=1, max=1000, help="Orders on a page.")] = 20,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write all orders, of all pages, as CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """List orders."""
    if as_csv and as_json:
        raise typer.BadParameter("Write --csv or --json, not both: the list is printed in one form.")
    wanted = OrderFilter(store, status or (), import_state or (), since, until, order, total_min, total_max)
    pager = OrderPager(sort, sort in _LATEST_FIRST if descending is None else descending, page, page_size)
    with opened() as ledger:
        if as_csv:
            _print_csv(ledger, wanted, pager)
        else:
            _print_page(ledger, wanted, pager, as_json=as_json)


def _print_page(ledger: Ledger, wanted: OrderFilter, pager: OrderPager, *, as_json: bool) -> None:
    with ledger.read() as work:
        found = work.orders.page(wanted, pager)
        message = system_message(work.orders.blocked_stores())
    if as_json:
        print_json(
            {
                "orders": [row(order) for order in found.rows],
                "count": found.total,
                "page": pager.page,
                "page_size": pager.page_size,
                "system_message": message,
            }
        )
        return
    if message:
        warn(message)
    pages = max(-(-found.total // pager.page_size), 1)
    if pager.page > pages:
        raise NotFoundError(f"There is no page {pager.page}: the list has {counted(pages, 'page')}.")
    columns = ("ORDER", "STORE", "BOUGHT", "STATUS", "IMPORT", "TOTAL", "COMMERCE", "NOTE")
    print_table(columns, [_cells(order) for order in found.rows])
    note(f"{counted(found.total, 'order')}, page {pager.page} of {pages}.")


def _cells(order: Order) -> tuple[object, ...]:
    shown = row(order)
    return (
        order.amazon_order_id,
        order.store_id,
        to_seconds(order.purchase_date),
        order.status,
        order.import_state,
        order.total,
        shown["commerce_order"],
        order.note,
    )


def _print_csv(ledger: Ledger, wanted: OrderFilter, pager: OrderPager) -> None:
    writer = csv.DictWriter(sys.stdout, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    with ledger.read() as work:
        writer.writerows(map(csv_row, work.orders.stream(wanted, pager)))
