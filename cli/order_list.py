"""crossdock orders list: filters, sorting over all pages, pages, CSV."""

import sys
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from cli.command_line import to_json
from cli.options.paging import Limit, PageNumber, note_if_cut
from cli.options.parsing import amount, moment
from cli.terminal.output import AsJson, counted, print_json, warn
from cli.views.orders import print_page, write_csv
from operations.errors import NotFoundError
from operations.orders.queries import list_orders, stream_orders
from schemas.order_filters import OrderFilter, OrderPager, SortColumn
from schemas.status import ImportState, Status
from workers.process.bootstrap import opened_context

_DATES = (SortColumn.PURCHASE_DATE, SortColumn.LAST_UPDATE_DATE)


def list_command(  # noqa: PLR0913 - one parameter an option
    *,
    store: Annotated[str | None, typer.Option(help="Orders of this store.")] = None,
    status: Annotated[list[Status] | None, typer.Option(help="Orders with this status; may be repeated.")] = None,
    import_state: Annotated[
        list[ImportState] | None, typer.Option(help="Orders in this import state; may be repeated.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", parser=moment, metavar="RFC3339", help="Purchased at or after.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", parser=moment, metavar="RFC3339", help="Purchased at or before.")
    ] = None,
    total_min: Annotated[Decimal | None, typer.Option(parser=amount, metavar="AMOUNT", help="Minimum total.")] = None,
    total_max: Annotated[Decimal | None, typer.Option(parser=amount, metavar="AMOUNT", help="Maximum total.")] = None,
    order: Annotated[str | None, typer.Option(help="Order id prefix.")] = None,
    sort: Annotated[SortColumn, typer.Option(help="Sort by this column.")] = SortColumn.PURCHASE_DATE,
    descending: Annotated[
        bool | None, typer.Option("--desc/--asc", help="Sort descending or ascending (dates: newest first).")
    ] = None,
    limit: Limit = 20,
    page: PageNumber = 1,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write the orders of all pages as CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """List orders."""
    if as_csv and as_json:
        raise typer.BadParameter("Write --csv or --json, not both: the list is printed in one form.")
    order_filter = OrderFilter(store, status or (), import_state or (), since, until, order, total_min, total_max)
    pager = OrderPager(sort, sort in _DATES if descending is None else descending, page, limit)
    with opened_context() as context:
        if as_csv:
            write_csv(stream_orders(context, order_filter, pager), sys.stdout)
            return
        listed = list_orders(context, order_filter, pager)
    if as_json:
        print_json(to_json(listed))
        note_if_cut(page, is_cut=listed.next_page is not None)
        return
    if listed.system_message:
        warn(listed.system_message)
    if listed.page > listed.pages:
        raise NotFoundError(f"There is no page {listed.page}: the list has {counted(listed.pages, 'page')}.")
    print_page(listed)
