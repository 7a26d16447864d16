"""crossdock stores: Amazon marketplaces and their order settings."""

from typing import Annotated

import typer

from cli.command_line import to_json
from cli.lazy_group import LazyCommand, lazy_group
from cli.options.ids import StoreId
from cli.options.paging import After, Limit, note_next
from cli.terminal.output import AsJson, counted, print_json, print_table, say, to_seconds, warn
from cli.views.stores import print_store
from operations.order_settings import show_order_settings
from operations.stores import list_store_page, show_store
from operations.unknown_stores import list_unknown_stores
from schemas.store import Store
from workers.process.bootstrap import opened_context

COMMANDS = {
    "cards": LazyCommand("cli.store_cards:cards", "Show the stores at a glance, as the console's home does."),
    "dashboard": LazyCommand(
        "cli.store_dashboard:dashboard", "Show a store's sales, its orders by status, and recent orders."
    ),
    "add": LazyCommand("cli.store_changes:add", "Add a store."),
    "set": LazyCommand("cli.store_changes:set_store", "Change a store and its order settings."),
}
"""Commands that import rules of orders, which a list of stores does not need."""

app = typer.Typer(cls=lazy_group(COMMANDS), help="Stores: their marketplaces and order settings.", no_args_is_help=True)

_LIMIT = "Maximum number of stores, those with the most events first."


@app.command("list")
def list_command(limit: Limit = 100, after: After = None, as_json: AsJson = False) -> None:
    """List the stores.

    Says so if events wait for stores that nobody has added.
    """
    with opened_context() as context:
        page = list_store_page(context, limit, after)
        waiting = list_unknown_stores(context, limit=1).count
    if as_json:
        print_json(to_json(page.rows))
    else:
        columns = ("STORE", "NAME", "MARKETPLACE", "SELLER", "INTEGRATED", "IMPORT")
        print_table(columns, [_cells(store) for store in page.rows])
    note_next(page.next)
    if waiting:
        warn(f"Events wait for {counted(waiting, 'unknown store')}: see `crossdock stores waiting`.")


@app.command()
def waiting(limit: Annotated[int, typer.Option(min=1, max=10_000, help=_LIMIT)] = 20, as_json: AsJson = False) -> None:
    """List unknown stores that events wait for.

    Nobody has added them; `crossdock stores add` lets the events of its store go on at once.
    """
    with opened_context() as context:
        unknown = list_unknown_stores(context, limit)
    if as_json:
        print_json(to_json(unknown))
        return
    rows = [(row.store_id, row.events, to_seconds(row.since), row.nearest) for row in unknown.stores]
    print_table(("STORE", "EVENTS", "SINCE", "NEAREST KNOWN STORE"), rows)
    say(f"{counted(unknown.events, 'event')} for {counted(unknown.count, 'unknown store')}.")


def _cells(store: Store) -> tuple[object, ...]:
    integrated = to_seconds(store.integrated_at)
    imports = "enabled" if store.settings.import_orders else "disabled"
    return store.store_id, store.name, store.marketplace_id, store.seller, integrated, imports


@app.command()
def show(store_id: StoreId, as_json: AsJson = False) -> None:
    """Show a store and its order settings."""
    with opened_context() as context:
        store = show_store(context, store_id)
    print_store(store, as_json=as_json)


@app.command()
def settings(store_id: StoreId, as_json: AsJson = False) -> None:
    """Show order settings, their options and defaults."""
    with opened_context() as context:
        form = show_order_settings(context, store_id)
    if as_json:
        print_json(to_json(form))
        return
    rows = [
        (
            field.name,
            field.value,
            field.default,
            " | ".join(option.value for option in field.options),
            field.counts,
            field.hint,
        )
        for field in form.fields
    ]
    print_table(("SETTING", "VALUE", "DEFAULT", "OPTIONS", "COUNTS", "MEANING"), rows)
