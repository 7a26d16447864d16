"""crossdock stores: Amazon marketplaces and their order settings."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from cli.options.parsing import moment
from cli.session import at_the_desk, opened
from cli.terminal.output import AsJson, print_facts, print_json, print_table, say, to_seconds
from operations.errors import RefusedActionError
from operations.orders.actions import get_store
from schemas.store import CustomerCreation, OrderNumberSource, OrderStatusChoice, Store

app = typer.Typer(help="Stores: their marketplaces and order settings.", no_args_is_help=True)

StoreId = Annotated[str, typer.Argument(help="The store's id, as the events name it.", metavar="STORE_ID")]
NameOption = Annotated[str | None, typer.Option(help="Its name, as people know it.")]
Marketplace = Annotated[str | None, typer.Option(help="Amazon's id of the marketplace, such as ATVPDKIKX0DER.")]
Integrated = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="RFC3339", help="When it was integrated; orders bought before stay outside."),
]
Import = Annotated[
    bool | None,
    typer.Option("--import-orders/--no-import-orders", help="Create its orders in Commerce, or only show them."),
]
StoreView = Annotated[str | None, typer.Option(help="The Commerce store view that gets the orders.")]
Customer = Annotated[CustomerCreation | None, typer.Option(help="Buyers order as guests, or become new customers.")]
NumberSource = Annotated[OrderNumberSource | None, typer.Option(help="Whose number a Commerce order bears.")]
StatusChoice = Annotated[OrderStatusChoice | None, typer.Option(help="Status of created orders: default or custom.")]
Processing = Annotated[str | None, typer.Option(help="The status of created orders where --order-status is custom.")]
Reserve = Annotated[
    bool | None,
    typer.Option(
        "--reserve-quantity/--no-reserve-quantity",
        help="Hold stock for Pending orders; counts without inventory management only.",
    ),
]
Inventory = Annotated[
    bool | None,
    typer.Option("--inventory-management/--no-inventory-management", help="Whether Commerce manages stock by sources."),
]


@app.command("list")
def list_stores(as_json: AsJson = False) -> None:
    """List all stores."""
    with opened() as ledger, ledger.read() as work:
        found = work.stores.all()
    if as_json:
        print_json([shape(store) for store in found])
        return
    print_table(
        ("STORE", "NAME", "MARKETPLACE", "INTEGRATED", "IMPORT"),
        [
            (
                store.store_id,
                store.name,
                store.marketplace_id,
                to_seconds(store.integrated_at),
                "enabled" if store.settings.import_orders else "disabled",
            )
            for store in found
        ],
    )


@app.command()
def show(store_id: StoreId, as_json: AsJson = False) -> None:
    """Show a store and its order settings."""
    with opened() as ledger, ledger.read() as work:
        _show(get_store(work, store_id), as_json)


@app.command()
def add(  # noqa: PLR0913 - one parameter an option
    store_id: StoreId,
    *,
    name: NameOption = None,
    marketplace_id: Marketplace = None,
    integrated_at: Integrated = None,
    import_orders: Import = None,
    commerce_store_view: StoreView = None,
    customer_creation: Customer = None,
    order_number_source: NumberSource = None,
    order_status: StatusChoice = None,
    processing_status: Processing = None,
    reserve_quantity: Reserve = None,
    inventory_management: Inventory = None,
    as_json: AsJson = False,
) -> None:
    """Add a store.

    What is not told gets the documented default.
    """
    told = _told(locals())
    bare = Store(store_id="new", name="new", integrated_at=datetime.now(UTC))
    store = _changed(bare, {"name": store_id, **told, "store_id": store_id})
    with at_the_desk() as desk:
        desk.add_store(store)
    _show(store, as_json)


@app.command("set")
def set_store(  # noqa: PLR0913 - one parameter an option
    store_id: StoreId,
    *,
    name: NameOption = None,
    marketplace_id: Marketplace = None,
    integrated_at: Integrated = None,
    import_orders: Import = None,
    commerce_store_view: StoreView = None,
    customer_creation: Customer = None,
    order_number_source: NumberSource = None,
    order_status: StatusChoice = None,
    processing_status: Processing = None,
    reserve_quantity: Reserve = None,
    inventory_management: Inventory = None,
    as_json: AsJson = False,
) -> None:
    """Change a store and its order settings.

    Orders that are not in Commerce yet follow the new settings at once.
    """
    told = _told(locals())
    if not told:
        raise typer.BadParameter("Name at least one thing to change.")
    with at_the_desk() as desk:
        store = desk.change_store(store_id, lambda store: _changed(store, told))
    _show(store, as_json)


def shape(store: Store) -> dict[str, Any]:
    """Return a store as `--json` shows it."""
    return store.model_dump(mode="json")


def _told(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in options.items() if value is not None and name not in ("store_id", "as_json")}


def _changed(store: Store, told: dict[str, Any]) -> Store:
    own = {name: value for name, value in told.items() if name in Store.model_fields}
    settings = {name: value for name, value in told.items() if name not in own}
    try:
        return Store.model_validate(
            {**store.model_dump(), **own, "settings": {**store.settings.model_dump(), **settings}}
        )
    except ValidationError as error:
        wrong = error.errors(include_input=False)[0]
        raise RefusedActionError(f"The store is not as it must be: {wrong['loc'][-1]}: {wrong['msg']}.") from None


def _show(store: Store, as_json: bool) -> None:
    if as_json:
        print_json(shape(store))
        return
    say(f"Store {store.store_id}")
    facts = shape(store)
    print_facts({**{name: facts[name] for name in ("name", "marketplace_id", "integrated_at")}, **facts["settings"]})
