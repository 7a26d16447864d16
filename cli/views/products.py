"""Text of products and of listings: tables."""

from collections.abc import Sequence

from cli.command_line import to_json
from cli.terminal.output import print_json, print_table
from operations.catalog.models import Listing, ProductDetails


def print_products(products: Sequence[ProductDetails], *, as_json: bool) -> None:
    """Print the products, or their JSON."""
    if as_json:
        print_json(to_json(products))
        return
    print_table(("SKU", "NAME", "ASIN", "ENABLED", "STOCK", "RESERVED"), [_cells(product) for product in products])


def _cells(product: ProductDetails) -> tuple[object, ...]:
    stock = product.quantity if product.managed else "not managed"
    return product.sku, product.name, product.asin, "yes" if product.enabled else "no", stock, product.reserved


def print_listings(listings: Sequence[Listing], *, as_json: bool) -> None:
    """Print the listings, or their JSON."""
    if as_json:
        print_json(to_json(listings))
        return
    columns = [name.replace("_", " ").upper() for name in Listing.model_fields]
    print_table(columns, [list(dict(listing).values()) for listing in listings])
