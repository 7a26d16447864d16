"""crossdock stores dashboard: sales, orders by status, recent orders."""

from typing import Annotated

import typer

from cli.command_line import to_json
from cli.options.ids import StoreId
from cli.terminal.output import AsJson, print_json
from cli.views.dashboard import print_dashboard
from operations.store_dashboard import show_dashboard
from workers.process.bootstrap import opened_context


def dashboard(
    store_id: StoreId,
    days: Annotated[int, typer.Option(help="Sales of the last 7 or 30 days.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Show a store's sales, its orders by status, and recent orders.

    Canceled and error orders are no sales. Days are in UTC.
    """
    with opened_context() as context:
        figures = show_dashboard(context, store_id, days)
    if as_json:
        print_json(to_json(figures))
    else:
        print_dashboard(figures)
