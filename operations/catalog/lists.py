"""Lists of the catalog's products, and of the listings on Amazon with the product that each is."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from ledger.orders.listings import ListedListing
from operations.catalog.models import Listing, ProductDetails, details_of
from operations.context import Context
from operations.list_pages import ListKey, ListPage, list_page
from schemas.order import Order
from schemas.product import Product

ALL_AT_ONCE = 500
"""Listings resolved together where all are read."""

_KEY: ListKey[ListedListing] = ListKey((str, str), attrgetter("key"))
_BY_SKU: ListKey[Product] = ListKey((str,), lambda product: (product.sku,))


def list_products(context: Context, limit: int = 50, after: str | None = None) -> ListPage[ProductDetails]:
    """Return a page of the catalog's products, by SKU. Raises WrongFilterError."""

    def read(key: tuple[str] | None, number: int) -> list[Product]:
        return context.catalog.page(number, key[0] if key else "")

    return list_page(_BY_SKU, read, limit, after).shown_as(details_of)


def list_listings(
    context: Context, store_id: str | None = None, limit: int = 50, after: str | None = None
) -> ListPage[Listing]:
    """Return a page of the listings that orders name, by store and seller SKU, with the product each of them is.

    Raises WrongFilterError.
    """
    with context.ledger.read() as work:
        page = list_page(_KEY, lambda key, number: work.listings.after(key, number, store_id), limit, after)
    return ListPage(tuple(_resolved(context, page.rows)), page.next)


def all_listings(context: Context, store_id: str | None = None) -> Iterator[Listing]:
    """Yield the listings of all pages."""
    page = list_listings(context, store_id, ALL_AT_ONCE)
    yield from page.rows
    while page.next:
        page = list_listings(context, store_id, ALL_AT_ONCE, page.next)
        yield from page.rows


def find_listing(context: Context, store_id: str, seller_sku: str) -> Listing | None:
    """Return a listing, or None where no order has it."""
    with context.ledger.read() as work:
        row = work.listings.find(store_id, seller_sku)
    return next(_resolved(context, [row]), None) if row else None


def _resolved(context: Context, rows: Sequence[ListedListing]) -> Iterator[Listing]:
    """Resolve listings as imports do: by the match, by SKU, by ASIN. A title is that of the latest order."""
    with context.ledger.read() as work:
        orders = work.orders.load({(row.store_id, row.last_order) for row in rows if row.last_order}, lock=False)
        matches = work.matches.load([row.key for row in rows])
    skus_of = context.catalog.skus_of({row.asin for row in rows if row.asin and row.key not in matches})
    products = context.catalog.find({row.seller_sku for row in rows} | {*matches.values(), *skus_of.values()})
    for row in rows:
        matched = matches.get(row.key)
        names = [matched] if matched is not None else [row.seller_sku, skus_of.get(row.asin or "")]
        yield Listing(
            store_id=row.store_id,
            seller_sku=row.seller_sku,
            asin=row.asin,
            title=_title(row, orders.get((row.store_id, row.last_order or ""))),
            orders=row.orders,
            last_order=row.last_order,
            last_at=row.last_at,
            matched=matched,
            product=next((name for name in names if name in products), None),
        )


def _title(listing: ListedListing, order: Order | None) -> str | None:
    lines = order.lines if order else ()
    return next((line.title for line in lines if line.seller_sku == listing.seller_sku), None)
