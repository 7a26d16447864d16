"""crossdock stores add and set: stores and their order settings, changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

import typer

from cli.options.confirmation import Actor
from cli.options.groups import with_options
from cli.options.ids import StoreId
from cli.options.parsing import moment
from cli.terminal.output import AsJson, counted, note, to_seconds
from cli.views.stores import print_store
from operations.store_changes import StoreChanges, add_store, change_store
from schemas.store import CustomerCreation, MissingPhone, OrderNumberSource, OrderStatusChoice
from workers.process.bootstrap import opened_context


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions:
    """The settings of a store as given on the command line; their names are those of StoreChanges."""

    name: Annotated[str | None, typer.Option(help="Display name.")] = None
    marketplace_id: Annotated[
        str | None, typer.Option(help="Amazon's id of the marketplace, such as ATVPDKIKX0DER.")
    ] = None
    seller: Annotated[
        str | None, typer.Option(metavar="NAME", help="The store's seller, of those in CROSSDOCK_AMAZON_SELLERS.")
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
        OrderNumberSource | None, typer.Option(help="Source of a Commerce order's number.")
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
        options = {name: getattr(self, name) for name in StoreChanges.__annotations__}
        return cast(StoreChanges, {name: value for name, value in options.items() if value is not None})


with_store_options = with_options("options", StoreOptions)


@with_store_options
def add(store_id: StoreId, *, options: StoreOptions, who: Actor, as_json: AsJson = False) -> None:
    """Add a store.

    Settings that are not given get the documented defaults. The events that wait for the store go on.
    """
    changes = options.changes()
    with opened_context() as context:
        added = add_store(context, store_id, changes, actor=who)
    store = added.store
    print_store(store, as_json=as_json)
    if added.requeued:
        note(
            f"{counted(added.requeued, 'event')} that waited for the store go on. Orders purchased before"
            f" {to_seconds(store.integrated_at)} are recorded and not imported: `crossdock stores set --integrated-at`"
            " moves that instant."
        )


@with_store_options
def set_store(store_id: StoreId, *, options: StoreOptions, who: Actor, as_json: AsJson = False) -> None:
    """Change a store and its order settings.

    Orders that are not in Commerce yet follow the new settings at once.
    """
    changes = options.changes()
    if not changes:
        raise typer.BadParameter("Give at least one setting to change.")
    with opened_context() as context:
        store = change_store(context, store_id, changes, actor=who)
    print_store(store, as_json=as_json)
