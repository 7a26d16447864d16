"""Products of the catalog: set, import from a file. A change imports the orders that wait for it."""

from collections.abc import Callable, Sequence
from typing import TextIO
from uuid import uuid4

from events.envelope import encode
from operations.catalog.models import BrokenLine, ImportResult, ProductDetails, details_of
from operations.catalog.product_file import ProductRow, merged, read_products
from operations.context import Context
from operations.people.audit import record_action
from operations.stale_forms import as_texts, refuse_if_stale
from schemas.input_limits import REFUSALS
from schemas.payloads import CatalogChanged
from schemas.product import Product

BATCH = 500
"""Products saved in one transaction."""


def set_product(context: Context, row: ProductRow, *, actor: str, seen: ProductRow | None = None) -> ProductDetails:
    """Change the given facts of a product, or create it; return the product.

    *seen* has facts as the person saw them: StaleFormError when one of them is another by now.
    """
    if seen is not None:
        present = context.catalog.find([row.sku]).get(row.sku)
        refuse_if_stale(as_texts(seen.model_dump(exclude_none=True)), as_texts(present.model_dump() if present else {}))
    (product,) = merged(context.catalog, [row])
    save_products(context, [product], actor)
    return details_of(product)


def import_products(
    context: Context,
    file: TextIO,
    on_broken: Callable[[BrokenLine], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
    *,
    actor: str,
) -> ImportResult:
    """Save the products of a file, in batches.

    *on_broken* gets each refused line, *on_progress* the number of products saved so far.

    Raises RefusedActionError and InputLimitError as `read_products` does; batches saved before stay saved.
    """
    saved = 0
    broken: list[BrokenLine] = []
    refused = 0
    rows: list[ProductRow] = []
    for row in read_products(file):
        if isinstance(row, BrokenLine):
            refused += 1
            if on_broken:
                on_broken(row)
            if len(broken) < REFUSALS:
                broken.append(row)
            continue
        rows.append(row)
        if len(rows) == BATCH:
            saved += _save(context, rows, actor)
            if on_progress:
                on_progress(saved)
    return ImportResult(saved=saved + _save(context, rows, actor), refused=refused, broken_lines=tuple(broken))


def save_products(context: Context, products: Sequence[Product], actor: str) -> None:
    """Add products or replace them, and publish catalog.changed for each."""
    context.catalog.save(products)
    with context.ledger.begin() as work:
        changes = [CatalogChanged(sku=product.sku, asin=product.asin) for product in products]
        work.outbox.put([encode(change, str(uuid4()), work.now) for change in changes])
        subject = products[0].sku if len(products) == 1 else f"{len(products)} products"
        record_action(work, actor, "product.set", subject, details={"skus": [product.sku for product in products]})


def _save(context: Context, rows: list[ProductRow], actor: str) -> int:
    products = merged(context.catalog, rows) if rows else []
    if products:
        save_products(context, products, actor)
    rows.clear()
    return len(products)
