"""crossdock orders list: filters, sorting over all pages, pages, CSV."""

import sys
from typing import Annotated

import typer

from cli.command_line import to_json
from cli.options.confirmation import Actor
from cli.options.order_filters import OrderFilterOptions, filter_of, with_order_filter
from cli.options.paging import Limit, note_next
from cli.terminal.output import AsJson, counted, print_json, warn
from cli.views.orders import print_page, write_csv
from operations.errors import NotFoundError
from operations.orders.list_query import descends_by_default, parse_position
from operations.orders.lists import list_orders, stream_orders
from schemas.order_filters import OrderPager, SortColumn
from workers.process.bootstrap import opened_context

Sort = Annotated[SortColumn, typer.Option(help="Sort by this column.")]
Descending = Annotated[
    bool | None, typer.Option("--desc/--asc", help="Sort descending or ascending (dates: newest first).")
]


@with_order_filter
def list_command(  # noqa: PLR0913 - one parameter an option
    *,
    options: OrderFilterOptions,
    sort: Sort = SortColumn.PURCHASE_DATE,
    descending: Descending = None,
    limit: Limit = 20,
    page: Annotated[int, typer.Option(min=1, max=1_000_000, help="Page number, to some thousand rows.")] = 1,
    after: Annotated[
        str | None,
        typer.Option(metavar="POSITION", help="The page after this `next` of the JSON: fast at any depth."),
    ] = None,
    who: Actor,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write the orders of all pages as CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """List orders."""
    if as_csv and as_json:
        raise typer.BadParameter("Write --csv or --json, not both: the list is printed in one form.")
    if after and page > 1:
        raise typer.BadParameter("Give --after or --page, not both: each states where the page begins.")
    descends = descends_by_default(sort) if descending is None else descending
    pager = OrderPager(sort, descends, page, limit, after=parse_position(sort, after) if after else None)
    with opened_context() as context:
        order_filter = filter_of(context, options, who)
        if as_csv:
            write_csv(stream_orders(context, order_filter, pager), sys.stdout)
            return
        listed = list_orders(context, order_filter, pager)
    if as_json:
        print_json(to_json(listed))
        note_next(listed.next)
        return
    if listed.system_message:
        warn(listed.system_message)
    if page > 1 and not listed.orders:
        length = f": the list has {counted(listed.pages, 'page')}" if listed.pages else ""
        raise NotFoundError(f"There is no page {page}{length}.")
    print_page(listed)
