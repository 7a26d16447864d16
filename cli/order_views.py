"""crossdock orders views: lists of orders that a user of the console has named, to come back to."""

from typing import Annotated

import typer

from cli.command_line import to_json
from cli.options.confirmation import Actor
from cli.options.order_filters import OrderFilterOptions, filter_of, with_order_filter
from cli.order_list import Descending, Sort
from cli.terminal.output import AsJson, print_json, print_table, say
from operations.orders import saved_views
from operations.orders.list_query import ListQuery, descends_by_default, format_query
from schemas.order_filters import OrderPager, SortColumn
from workers.process.bootstrap import opened_context

app = typer.Typer(help="Saved views: lists of orders that a user has named.", no_args_is_help=True)

User = Annotated[str, typer.Argument(help="The user of the console whose views they are.", metavar="USER")]
Name = Annotated[str, typer.Argument(help="The view's name.", metavar="NAME")]


@app.command("list")
def list_views(user: User, as_json: AsJson = False) -> None:
    """List a user's views, by name."""
    with opened_context() as context:
        views = saved_views.list_views(context, user)
    if as_json:
        print_json(to_json(views))
    else:
        print_table(("NAME", "QUERY"), [(view.name, view.query) for view in views])


@app.command()
@with_order_filter
def save(
    user: User,
    name: Name,
    *,
    options: OrderFilterOptions,
    sort: Sort = SortColumn.PURCHASE_DATE,
    descending: Descending = None,
    who: Actor,
    as_json: AsJson = False,
) -> None:
    """Save a view for a user; one of this name is replaced.

    The filters are those of `crossdock orders list`.
    """
    pager = OrderPager(sort, descends_by_default(sort) if descending is None else descending)
    with opened_context() as context:
        query = format_query(ListQuery(filter_of(context, options, who), pager))
        view = saved_views.save_view(context, user, name, query)
    if as_json:
        print_json(to_json(view))
    else:
        say(f"The view {view.name} of {user} is saved: /orders?{view.query}")


@app.command()
def delete(user: User, name: Name, as_json: AsJson = False) -> None:
    """Delete a view of a user."""
    with opened_context() as context:
        saved_views.remove_view(context, user, name)
    if as_json:
        print_json({"name": name})
    else:
        say(f"The view {name} of {user} is deleted.")
