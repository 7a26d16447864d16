"""Products of the catalog: list, set, import from a file. A change imports the orders that wait for it."""

from collections.abc import Callable, Sequence
from typing import TextIO
from uuid import uuid4

from events.envelope import encode
from operations.catalog.models import BrokenLine, ImportResult, ProductDetails, details_of
from operations.catalog.product_file import ProductRow, merged, read_products
from operations.context import Context
from schemas.payloads import CatalogChanged
from schemas.product import Product

BATCH = 500
"""Products saved in one transaction."""


def list_products(context: Context) -> list[ProductDetails]:
    """Return all products by SKU."""
    return [details_of(product) for product in context.catalog.products()]


def set_product(context: Context, row: ProductRow) -> ProductDetails:
    """Change the given facts of a product, or create it; return the product."""
    (product,) = merged(context.catalog, [row])
    save_products(context, [product])
    return details_of(product)


def import_products(
    context: Context, file: TextIO, on_broken: Callable[[BrokenLine], None], on_progress: Callable[[int], None]
) -> ImportResult:
    """Save the products of a file, in batches; report each refused line, and the number of products saved so far.

    Raises RefusedActionError and InputLimitError as `read_products` does; batches saved before stay saved.
    """
    saved, refused = 0, 0
    rows: list[ProductRow] = []
    for row in read_products(file):
        if isinstance(row, BrokenLine):
            refused += 1
            on_broken(row)
            continue
        rows.append(row)
        if len(rows) == BATCH:
            saved += _save(context, rows)
            on_progress(saved)
    return ImportResult(saved=saved + _save(context, rows), refused=refused)


def save_products(context: Context, products: Sequence[Product]) -> None:
    """Add products or replace them, and publish catalog.changed for each."""
    context.catalog.save(products)
    with context.ledger.begin() as work:
        changes = [CatalogChanged(sku=product.sku, asin=product.asin) for product in products]
        work.outbox.put([encode(change, str(uuid4()), work.now) for change in changes])


def _save(context: Context, rows: list[ProductRow]) -> int:
    products = merged(context.catalog, rows) if rows else []
    if products:
        save_products(context, products)
    rows.clear()
    return len(products)
