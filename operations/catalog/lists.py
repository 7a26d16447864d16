"""Lists of the catalog's products, and of the listings on Amazon with the product that each is."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from operator import attrgetter

from ledger.pages import pages
from operations.catalog.models import Listing, ProductDetails, details_of
from operations.context import Context
from schemas.order import Order
from schemas.order_filters import OrderFilter
from schemas.product import Product

PAGE = 1000
"""Orders read in one transaction."""


def list_products(context: Context, limit: int | None = None, offset: int = 0) -> list[ProductDetails]:
    """Return the products by SKU: all, or at most *limit* after the first *offset*."""
    products = context.catalog.products()[offset:] if limit is None else context.catalog.page(limit, offset)
    return [details_of(product) for product in products]


def list_listings(
    context: Context, store_id: str | None = None, limit: int | None = None, offset: int = 0
) -> list[Listing]:
    """Return the listings that orders name, with the product each of them is: all, or *limit* after *offset*.

    Reads all orders.
    """
    listings: dict[tuple[str, str], Listing] = {}
    for order in _orders(context, store_id):
        for line in {line.seller_sku: line for line in order.lines}.values():
            key = (order.store_id, line.seller_sku)
            earlier = listings.get(key)
            listings[key] = Listing(
                store_id=order.store_id,
                seller_sku=line.seller_sku,
                asin=(earlier and earlier.asin) or line.asin,
                title=(earlier and earlier.title) or line.title,
                orders=(earlier.orders if earlier else 0) + 1,
            )
    with context.ledger.read() as work:
        matches = {(match.store_id, match.seller_sku): match.sku for match in work.matches.all(store_id)}
    end = None if limit is None else offset + limit
    return list(islice(_with_products(listings, matches, context.catalog.products()), offset, end))


def _orders(context: Context, store_id: str | None) -> Iterator[Order]:
    for page in pages(PAGE):
        with context.ledger.read() as work:
            orders = work.orders.after(OrderFilter(store_id=store_id), page.after, PAGE)
        yield from page.read(orders, attrgetter("key"))


def _with_products(
    listings: Mapping[tuple[str, str], Listing], matches: Mapping[tuple[str, str], str], products: Iterable[Product]
) -> Iterator[Listing]:
    """Resolve listings as imports do: by the match, by SKU, by ASIN."""
    skus = {product.sku for product in products}
    asins = {product.asin: product.sku for product in products if product.asin is not None}
    for key in sorted(listings):
        listing, matched = listings[key], matches.get(key)
        by_name = listing.seller_sku if listing.seller_sku in skus else asins.get(listing.asin or "")
        product = by_name if matched is None else matched if matched in skus else None
        yield listing.model_copy(update={"matched": matched, "product": product})
