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
        found = work.listings.find(store_id, seller_sku)
    return next(_resolved(context, [found]), None) if found else None


def _resolved(context: Context, found: Sequence[ListedListing]) -> Iterator[Listing]:
    """Resolve listings as imports do: by the match, by SKU, by ASIN. A title is that of the latest order."""
    with context.ledger.read() as work:
        orders = work.orders.load({(one.store_id, one.last_order) for one in found if one.last_order}, lock=False)
        matches = work.matches.load([one.key for one in found])
    skus_of = context.catalog.skus_of({one.asin for one in found if one.asin and one.key not in matches})
    products = context.catalog.find({one.seller_sku for one in found} | {*matches.values(), *skus_of.values()})
    for one in found:
        matched = matches.get(one.key)
        names = [matched] if matched is not None else [one.seller_sku, skus_of.get(one.asin or "")]
        yield Listing(
            store_id=one.store_id,
            seller_sku=one.seller_sku,
            asin=one.asin,
            title=_title(one, orders.get((one.store_id, one.last_order or ""))),
            orders=one.orders,
            last_order=one.last_order,
            last_at=one.last_at,
            matched=matched,
            product=next((name for name in names if name in products), None),
        )


def _title(listing: ListedListing, order: Order | None) -> str | None:
    lines = order.lines if order else ()
    return next((line.title for line in lines if line.seller_sku == listing.seller_sku), None)
