"""crossdock products: the catalog of the shop-less Commerce, and which product each listing on Amazon is."""

from typing import Annotated, Any

import typer
from pydantic import ValidationError

from cli.session import opened
from cli.terminal.output import AsJson, counted, note, print_json, print_table, progress, say
from operations.catalog.listings import Listing, Listings
from operations.catalog.product_file import (
    BATCH,
    MOST_PIECES,
    BrokenLine,
    ProductRow,
    merged,
    read_products,
    what_is_wrong,
)
from schemas.product import Product

app = typer.Typer(help="Products: the catalog and its Amazon listings.", no_args_is_help=True)

Sku = Annotated[str, typer.Argument(metavar="SKU", help="The product's SKU.")]
StoreId = Annotated[str, typer.Argument(metavar="STORE", help="The store's id.")]
SellerSku = Annotated[str, typer.Argument(metavar="SELLER_SKU", help="The listing's SKU on Amazon.")]
Quantity = Annotated[int, typer.Option(min=0, max=MOST_PIECES, help="Pieces on hand.")]
Managed = Annotated[bool, typer.Option("--manage-stock/--no-manage-stock", help="Whether stock is counted at all.")]


@app.command("list")
def list_products(
    listings: Annotated[
        bool, typer.Option("--listings", help="List what orders name, and what product it is.")
    ] = False,
    store: Annotated[str | None, typer.Option(help="With --listings: only of this store.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the catalog, or with --listings what was sold on Amazon."""
    with opened() as ledger:
        merchandise = Listings(ledger)
        if listings:
            _print_listings(merchandise.listings(store), as_json=as_json)
        else:
            _print_products(merchandise.catalog.products(), as_json=as_json)


@app.command("import")
def import_products(
    file: Annotated[
        typer.FileText, typer.Argument(metavar="FILE", encoding="utf-8-sig", help="CSV with a header, or JSON lines.")
    ],
) -> None:
    """Add or change products from a file.

    CSV with a header or JSON lines, of sku, name, asin, enabled, quantity, managed. What a line does not tell stays as
    it is; a line that is broken is told by its number, and the command ends with 1.
    """
    saved, broken = 0, 0
    rows: list[ProductRow] = []
    with opened() as ledger, progress("Products") as show:
        merchandise = Listings(ledger)
        for found in read_products(file):
            if isinstance(found, BrokenLine):
                broken += 1
                note(f"line {found.line}: {found.reason}")
                continue
            rows.append(found)
            if len(rows) == BATCH:
                saved += _save(merchandise, rows)
                show(saved)
        saved += _save(merchandise, rows)
    say(f"{counted(saved, 'product')} saved, {counted(broken, 'line')} refused.")
    if broken:
        raise typer.Exit(1)


@app.command("set")
def set_product(
    sku: Sku,
    name: Annotated[str | None, typer.Option(help="Its name; the SKU if never told.")] = None,
    asin: Annotated[str | None, typer.Option(help="Its ASIN on Amazon.")] = None,
    enabled: Annotated[bool | None, typer.Option("--enable/--disable", help="Whether it can be sold.")] = None,
    quantity: Annotated[int | None, typer.Option(min=0, max=MOST_PIECES, help="Pieces on hand.")] = None,
    managed: Annotated[
        bool | None, typer.Option("--manage-stock/--no-manage-stock", help="Whether stock is counted at all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change a product, or create it.

    Orders that wait for it are imported again.
    """
    told = _told(sku=sku, name=name, asin=asin, enabled=enabled, quantity=quantity, managed=managed)
    with opened() as ledger:
        merchandise = Listings(ledger)
        (product,) = merged(merchandise.catalog, [told])
        merchandise.save([product])
    _print_products([product], as_json=as_json)


@app.command()
def match(
    store: Annotated[str | None, typer.Argument(metavar="STORE", help="The store's id.")] = None,
    seller_sku: Annotated[str | None, typer.Argument(metavar="SELLER_SKU", help="The listing's SKU on Amazon.")] = None,
    sku: Annotated[str | None, typer.Argument(metavar="SKU", help="The product's SKU.")] = None,
    automatic: Annotated[
        bool, typer.Option("--automatic", help="Match all listings, or a store's, by equal SKU or ASIN.")
    ] = False,
) -> None:
    """Match a listing to a product.

    Orders that wait for it are imported again.
    """
    if automatic and seller_sku is None:
        with opened() as ledger:
            made = Listings(ledger).match_automatically(store)
        for one in made:
            say(f"{one.store_id} {one.seller_sku} is product {one.sku}")
        say(f"{counted(len(made), 'listing')} matched.")
        return
    if automatic or store is None or seller_sku is None or sku is None:
        raise typer.BadParameter("Write STORE SELLER_SKU SKU, or --automatic with at most a STORE.")
    with opened() as ledger:
        woken = Listings(ledger).match(store, seller_sku, sku)
    say(f"Listing {seller_sku} of store {store} is product {sku}. {_woken(woken)}")


@app.command()
def unmatch(store: StoreId, seller_sku: SellerSku) -> None:
    """Take a match back."""
    with opened() as ledger:
        woken = Listings(ledger).unmatch(store, seller_sku)
    say(f"Listing {seller_sku} of store {store} is no longer matched. {_woken(woken)}")


@app.command()
def create(
    store: StoreId,
    seller_sku: SellerSku,
    quantity: Quantity = 0,
    managed: Managed = True,
    as_json: AsJson = False,
) -> None:
    """Create the product of a listing, and match them.

    The listing's ASIN becomes the SKU, its title the name.
    """
    with opened() as ledger:
        product = Listings(ledger).create_product(store, seller_sku, quantity, managed=managed)
    _print_products([product], as_json=as_json)


def _told(**told: Any) -> ProductRow:
    try:
        return ProductRow(**told)
    except ValidationError as error:
        raise typer.BadParameter(f"The product is left as it was: {what_is_wrong(error)}.") from None


def _save(merchandise: Listings, rows: list[ProductRow]) -> int:
    products = merged(merchandise.catalog, rows) if rows else []
    if products:
        merchandise.save(products)
    rows.clear()
    return len(products)


def _woken(orders: int) -> str:
    return f"Orders that waited for it and are imported again: {orders:,}."


def _print_products(products: list[Product], *, as_json: bool) -> None:
    if as_json:
        print_json([_shape(product) for product in products])
        return
    print_table(
        ("SKU", "NAME", "ASIN", "ENABLED", "STOCK", "RESERVED"),
        [
            (
                p.sku,
                p.name,
                p.asin,
                "yes" if p.enabled else "no",
                p.quantity if p.managed else "not managed",
                p.reserved,
            )
            for p in products
        ],
    )


def _shape(product: Product) -> dict[str, Any]:
    return {**product.model_dump(mode="json"), "salable": product.salable}


def _print_listings(listings: list[Listing], *, as_json: bool) -> None:
    names = ("store_id", "seller_sku", "asin", "title", "orders", "matched", "product")
    rows = [{name: getattr(listing, name) for name in names} for listing in listings]
    if as_json:
        print_json(rows)
        return
    print_table([name.replace("_", " ").upper() for name in names], [list(row.values()) for row in rows])
