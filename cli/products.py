"""crossdock products: the catalog of the simulated Commerce, and the product of each listing on Amazon."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from cli.command_line import to_json
from cli.options.confirmation import Actor
from cli.terminal.output import AsJson, counted, note, print_json, print_table, progress, say, to_seconds
from operations.catalog.listings import (
    create_product,
    list_listings,
    match_automatically,
    match_listing,
    unmatch_listing,
)
from operations.catalog.models import BrokenLine, Listing, ProductDetails
from operations.catalog.product_file import MAX_QUANTITY, ProductRow, describe_invalid_row
from operations.catalog.products import import_products, list_products, set_product
from operations.catalog.unmatched import unmatched_listings
from workers.process.bootstrap import opened_context

app = typer.Typer(help="Products: the catalog and its Amazon listings.", no_args_is_help=True)

Sku = Annotated[str, typer.Argument(metavar="SKU", help="The product's SKU.")]
StoreId = Annotated[str, typer.Argument(metavar="STORE", help="The store's id.")]
SellerSku = Annotated[str, typer.Argument(metavar="SELLER_SKU", help="The listing's SKU on Amazon.")]
Quantity = Annotated[int, typer.Option(min=0, max=MAX_QUANTITY, help="Pieces on hand.")]
Managed = Annotated[bool, typer.Option("--manage-stock/--no-manage-stock", help="Whether stock is counted at all.")]


@app.command("list")
def list_command(
    listings: Annotated[
        bool, typer.Option("--listings", help="List the listings that orders name, and their products.")
    ] = False,
    store: Annotated[str | None, typer.Option(help="With --listings: listings of this store.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the catalog, or with --listings what was sold on Amazon."""
    with opened_context() as context:
        if listings:
            _print_listings(list_listings(context, store), as_json=as_json)
        else:
            _print_products(list_products(context), as_json=as_json)


@app.command("import")
def import_command(
    file: Annotated[
        typer.FileText, typer.Argument(metavar="FILE", encoding="utf-8-sig", help="CSV with a header, or JSON lines.")
    ],
    *,
    who: Actor,
) -> None:
    """Add or change products from a file.

    CSV with a header or JSON lines, with the fields sku, name, asin, enabled, quantity, managed. Fields that a line
    leaves out keep their values. A broken line is reported by its number, and the command ends with 1.
    """
    with opened_context() as context, progress("Products") as show:

        def note_broken(broken: BrokenLine) -> None:
            note(f"line {broken.line}: {broken.reason}")

        result = import_products(context, file, note_broken, show, actor=who)
    say(f"{counted(result.saved, 'product')} saved, {counted(result.refused, 'line')} refused.")
    if result.refused:
        raise typer.Exit(1)


@app.command("set")
def set_command(  # noqa: PLR0913 - one parameter an option
    sku: Sku,
    *,
    name: Annotated[str | None, typer.Option(help="Its name; of a new product, by default the SKU.")] = None,
    asin: Annotated[str | None, typer.Option(help="Its ASIN on Amazon.")] = None,
    enabled: Annotated[bool | None, typer.Option("--enable/--disable", help="Whether it can be sold.")] = None,
    quantity: Annotated[int | None, typer.Option(min=0, max=MAX_QUANTITY, help="Pieces on hand.")] = None,
    managed: Annotated[
        bool | None, typer.Option("--manage-stock/--no-manage-stock", help="Whether stock is counted at all.")
    ] = None,
    who: Actor,
    as_json: AsJson = False,
) -> None:
    """Change a product, or create it.

    Orders that wait for it are imported again.
    """
    row = _row(sku=sku, name=name, asin=asin, enabled=enabled, quantity=quantity, managed=managed)
    with opened_context() as context:
        product = set_product(context, row, actor=who)
    _print_products([product], as_json=as_json)


@app.command()
def match(
    store: Annotated[str | None, typer.Argument(metavar="STORE", help="The store's id.")] = None,
    seller_sku: Annotated[str | None, typer.Argument(metavar="SELLER_SKU", help="The listing's SKU on Amazon.")] = None,
    sku: Annotated[str | None, typer.Argument(metavar="SKU", help="The product's SKU.")] = None,
    automatic: Annotated[
        bool, typer.Option("--automatic", help="Match all listings, or a store's, by equal SKU or ASIN.")
    ] = False,
    *,
    who: Actor,
) -> None:
    """Match a listing to a product.

    Orders that wait for it are imported again.
    """
    if automatic and seller_sku is None:
        _match_automatically(store, who)
        return
    if automatic or store is None or seller_sku is None or sku is None:
        raise typer.BadParameter("Write STORE SELLER_SKU SKU, or --automatic with at most a STORE.")
    with opened_context() as context:
        result = match_listing(context, store, seller_sku, sku, actor=who)
    say(f"Listing {seller_sku} of store {store} is product {sku}. {_requested(result.imports_requested)}")


def _match_automatically(store: str | None, who: str) -> None:
    with opened_context() as context:
        matches = match_automatically(context, store, actor=who)
    for made in matches:
        say(f"{made.store_id} {made.seller_sku} is product {made.sku}")
    say(f"{counted(len(matches), 'listing')} matched.")


@app.command()
def unmatched(
    store: Annotated[str | None, typer.Option(metavar="STORE_ID", help="Listings of this store.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the listings that block most orders."""
    with opened_context() as context:
        found = unmatched_listings(context, store)
    if as_json:
        print_json(to_json(found))
        return
    rows = [
        (one.store_id, one.seller_sku, one.asin, one.title, one.orders, to_seconds(one.since), one.suggested)
        for one in found
    ]
    print_table(("STORE", "SELLER SKU", "ASIN", "TITLE", "ORDERS", "SINCE", "SUGGESTED PRODUCT"), rows)


@app.command()
def unmatch(store: StoreId, seller_sku: SellerSku, *, who: Actor) -> None:
    """Remove a match."""
    with opened_context() as context:
        result = unmatch_listing(context, store, seller_sku, actor=who)
    say(f"Listing {seller_sku} of store {store} is no longer matched. {_requested(result.imports_requested)}")


@app.command()
def create(
    store: StoreId,
    seller_sku: SellerSku,
    *,
    quantity: Quantity = 0,
    managed: Managed = True,
    who: Actor,
    as_json: AsJson = False,
) -> None:
    """Create the product of a listing, and match them.

    The listing's ASIN becomes the SKU, its title the name.
    """
    with opened_context() as context:
        product = create_product(context, store, seller_sku, quantity, managed=managed, actor=who)
    _print_products([product], as_json=as_json)


def _row(**fields: Any) -> ProductRow:
    try:
        return ProductRow(**fields)
    except ValidationError as error:
        raise typer.BadParameter(f"Product not changed: {describe_invalid_row(error)}.") from None


def _requested(imports: int) -> str:
    return f"Import requested for {counted(imports, 'waiting order')}."


def _print_products(products: Sequence[ProductDetails], *, as_json: bool) -> None:
    if as_json:
        print_json(to_json(products))
        return
    print_table(("SKU", "NAME", "ASIN", "ENABLED", "STOCK", "RESERVED"), [_cells(product) for product in products])


def _cells(product: ProductDetails) -> tuple[object, ...]:
    stock = product.quantity if product.managed else "not managed"
    return product.sku, product.name, product.asin, "yes" if product.enabled else "no", stock, product.reserved


def _print_listings(listings: Sequence[Listing], *, as_json: bool) -> None:
    if as_json:
        print_json(to_json(listings))
        return
    columns = [name.replace("_", " ").upper() for name in Listing.model_fields]
    print_table(columns, [list(dict(listing).values()) for listing in listings])
