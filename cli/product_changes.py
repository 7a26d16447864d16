"""crossdock products import, set, match, unmatch and create: products and matches, changed."""

from typing import Annotated, Any

import typer
from pydantic import ValidationError

from cli.options.confirmation import Actor
from cli.terminal.output import AsJson, counted, note, progress, say
from cli.views.products import print_products
from operations.catalog.listings import create_product, match_automatically, match_listing, unmatch_listing
from operations.catalog.models import BrokenLine
from operations.catalog.product_file import MAX_QUANTITY, ProductRow, describe_invalid_row
from operations.catalog.products import import_products, set_product
from workers.process.bootstrap import opened_context

Sku = Annotated[str, typer.Argument(metavar="SKU", help="The product's SKU.")]
StoreId = Annotated[str, typer.Argument(metavar="STORE", help="The store's id.")]
SellerSku = Annotated[str, typer.Argument(metavar="SELLER_SKU", help="The listing's SKU on Amazon.")]
Quantity = Annotated[int, typer.Option(min=0, max=MAX_QUANTITY, help="Pieces on hand.")]
Managed = Annotated[bool, typer.Option("--manage-stock/--no-manage-stock", help="Whether stock is counted at all.")]


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
    print_products([product], as_json=as_json)


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


def unmatch(store: StoreId, seller_sku: SellerSku, *, who: Actor) -> None:
    """Remove a match."""
    with opened_context() as context:
        result = unmatch_listing(context, store, seller_sku, actor=who)
    say(f"Listing {seller_sku} of store {store} is no longer matched. {_requested(result.imports_requested)}")


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
    print_products([product], as_json=as_json)


def _row(**fields: Any) -> ProductRow:
    try:
        return ProductRow(**fields)
    except ValidationError as error:
        raise typer.BadParameter(f"Product not changed: {describe_invalid_row(error)}.") from None


def _requested(imports: int) -> str:
    return f"Import requested for {counted(imports, 'waiting order')}."
