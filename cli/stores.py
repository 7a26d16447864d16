"""crossdock stores: Amazon marketplaces and their order settings."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, cast

import typer

from cli.command_line import to_json
from cli.options.confirmation import Actor
from cli.options.groups import with_options
from cli.options.paging import Limit, PageNumber, note_if_cut, read_page
from cli.options.parsing import moment
from cli.terminal.output import AsJson, counted, note, print_facts, print_json, print_table, say, to_seconds, warn
from cli.views.dashboard import print_dashboard
from operations import stores
from operations.order_settings import show_order_settings
from operations.store_cards import list_store_cards
from operations.store_dashboard import show_dashboard
from operations.stores import StoreChanges
from operations.unknown_stores import list_unknown_stores
from schemas.store import CustomerCreation, MissingPhone, OrderNumberSource, OrderStatusChoice, Store
from workers.process.bootstrap import opened_context

app = typer.Typer(help="Stores: their marketplaces and order settings.", no_args_is_help=True)

_LIMIT = "Maximum number of stores, those with the most events first."

StoreId = Annotated[str, typer.Argument(help="The store's id, as in the events.", metavar="STORE_ID")]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions:
    """The settings of a store as given on the command line; their names are those of StoreChanges."""

    name: Annotated[str | None, typer.Option(help="Display name.")] = None
    marketplace_id: Annotated[
        str | None, typer.Option(help="Amazon's id of the marketplace, such as ATVPDKIKX0DER.")
    ] = None
    integrated_at: Annotated[
        datetime | None,
        typer.Option(
            parser=moment, metavar="RFC3339", help="Instant of integration; earlier orders are never imported."
        ),
    ] = None
    import_orders: Annotated[
        bool | None,
        typer.Option("--import-orders/--no-import-orders", help="Create its orders in Commerce, or only show them."),
    ] = None
    commerce_store_view: Annotated[str | None, typer.Option(help="The Commerce store view that gets the orders.")] = (
        None
    )
    customer_creation: Annotated[
        CustomerCreation | None, typer.Option(help="Buyers order as guests, or become new customers.")
    ] = None
    order_number_source: Annotated[
        OrderNumberSource | None, typer.Option(help="Whose number a Commerce order gets.")
    ] = None
    order_status: Annotated[
        OrderStatusChoice | None, typer.Option(help="Status of created orders: default or custom.")
    ] = None
    processing_status: Annotated[
        str | None, typer.Option(help="The status of created orders where --order-status is custom.")
    ] = None
    reserve_quantity: Annotated[
        bool | None,
        typer.Option(
            "--reserve-quantity/--no-reserve-quantity",
            help="Reserve stock for Pending orders; applies without inventory management only.",
        ),
    ] = None
    inventory_management: Annotated[
        bool | None,
        typer.Option(
            "--inventory-management/--no-inventory-management", help="Whether Commerce manages stock by sources."
        ),
    ] = None
    missing_phone: Annotated[
        MissingPhone | None,
        typer.Option(help="Orders without a phone: import them, import them with the phone 0000000000, or block them."),
    ] = None
    require_tracking: Annotated[
        bool | None,
        typer.Option(
            "--require-tracking/--no-require-tracking",
            help="Refuse parcels without a tracking number, or confirm them to Amazon.",
        ),
    ] = None

    def changes(self) -> StoreChanges:
        """Return the settings that were given."""
        given = {name: getattr(self, name) for name in StoreChanges.__annotations__}
        return cast(StoreChanges, {name: value for name, value in given.items() if value is not None})


with_store_options = with_options("options", StoreOptions)


@app.command("list")
def list_stores(limit: Limit = 100, page: PageNumber = 1, as_json: AsJson = False) -> None:
    """List the stores.

    Says so if events wait for stores that nobody has added.
    """
    with opened_context() as context:
        found, is_cut = read_page(partial(stores.list_stores, context), limit, page)
        waiting = list_unknown_stores(context, limit=1).count
    if as_json:
        print_json(to_json(found))
    else:
        print_table(("STORE", "NAME", "MARKETPLACE", "INTEGRATED", "IMPORT"), [_cells(store) for store in found])
    note_if_cut(page, is_cut=is_cut)
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
    return store.store_id, store.name, store.marketplace_id, integrated, imports


@app.command()
def show(store_id: StoreId, as_json: AsJson = False) -> None:
    """Show a store and its order settings."""
    with opened_context() as context:
        store = stores.show_store(context, store_id)
    _print(store, as_json=as_json)


@app.command()
def settings(store_id: StoreId, as_json: AsJson = False) -> None:
    """Show order settings, their options and defaults."""
    with opened_context() as context:
        form = show_order_settings(context, store_id)
    if as_json:
        print_json(to_json(form))
        return
    rows = [
        (one.name, one.value, one.default, " | ".join(option.value for option in one.options), one.counts, one.hint)
        for one in form.fields
    ]
    print_table(("SETTING", "VALUE", "DEFAULT", "OPTIONS", "COUNTS", "MEANING"), rows)


@app.command()
def cards(limit: Limit = 100, page: PageNumber = 1, as_json: AsJson = False) -> None:
    """Show the stores at a glance, as the console's home does.

    Sales are those of the last thirty days; canceled and error orders are none.
    """
    with opened_context() as context:
        found, is_cut = read_page(partial(list_store_cards, context), limit, page)
    if as_json:
        print_json(to_json(found))
    else:
        rows = [
            (
                one.store.store_id,
                one.store.name,
                one.marketplace,
                one.orders,
                ", ".join(map(str, one.sales)),
                one.waiting,
            )
            for one in found
        ]
        print_table(("STORE", "NAME", "MARKETPLACE", "ORDERS", "SALES", "BLOCKED"), rows)
    note_if_cut(page, is_cut=is_cut)


@app.command()
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


@app.command()
@with_store_options
def add(store_id: StoreId, *, options: StoreOptions, who: Actor, as_json: AsJson = False) -> None:
    """Add a store.

    Settings that are not given get the documented defaults. The events that wait for the store go on.
    """
    changes = options.changes()
    with opened_context() as context:
        added = stores.add_store(context, store_id, changes, actor=who)
    store = added.store
    _print(store, as_json=as_json)
    if added.requeued:
        note(
            f"{counted(added.requeued, 'event')} that waited for the store go on. Orders purchased before"
            f" {to_seconds(store.integrated_at)} are recorded and not imported: `crossdock stores set --integrated-at`"
            " moves that instant."
        )


@app.command("set")
@with_store_options
def set_store(store_id: StoreId, *, options: StoreOptions, who: Actor, as_json: AsJson = False) -> None:
    """Change a store and its order settings.

    Orders that are not in Commerce yet follow the new settings at once.
    """
    changes = options.changes()
    if not changes:
        raise typer.BadParameter("Give at least one setting to change.")
    with opened_context() as context:
        store = stores.change_store(context, store_id, changes, actor=who)
    _print(store, as_json=as_json)


def _print(store: Store, *, as_json: bool) -> None:
    document = to_json(store)
    if as_json:
        print_json(document)
        return
    say(f"Store {store.store_id}")
    print_facts({name: document[name] for name in ("name", "marketplace_id", "integrated_at")} | document["settings"])
