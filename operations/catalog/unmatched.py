"""Listings without a product that block orders now. Reads no more orders than it shows, however many there are."""

from operations.context import Context
from operations.dead_letters.groups import blocked_listings
from schemas.blockers import BlockerKind, RemedyKind
from schemas.fields import Moment
from schemas.order import Order
from schemas.value import Value


class UnmatchedListing(Value):
    """A listing that no product of the catalog is, with the orders that it blocks."""

    store_id: str
    seller_sku: str
    asin: str | None
    title: str | None
    matched: str | None
    """The SKU of its manual match, whose product is not in the catalog."""
    orders: int
    since: Moment
    example: str
    """The Amazon order id of one of the orders."""
    suggested: str | None
    """A product of the catalog that has the listing's ASIN as its SKU."""


def unmatched_listings(context: Context, store_id: str | None = None, limit: int = 200) -> tuple[UnmatchedListing, ...]:
    """Return the listings without a product of one store or all, those that block most orders first.

    Of more than GROUPED_LETTERS blocked orders, those that were blocked last count.
    """
    return _listings(context, store_id, limit)


def unmatched_listing(context: Context, store_id: str, seller_sku: str) -> UnmatchedListing | None:
    """Return one listing of a store, if it has no product and blocks orders."""
    with context.ledger.read() as work:
        matched = work.matches.load([(store_id, seller_sku)]).get((store_id, seller_sku))
    listings = _listings(context, store_id, 1, matched or seller_sku)
    return next((listing for listing in listings if listing.seller_sku == seller_sku), None)


def _listings(
    context: Context, store_id: str | None, limit: int, key: str | None = None
) -> tuple[UnmatchedListing, ...]:
    with context.ledger.read() as work:
        groups = blocked_listings(work, store_id, limit, key)
        orders = work.orders.load({(group.store_id, group.example) for group in groups}, lock=False)
    listings = []
    for group in groups:
        example = orders.get((group.store_id, group.example))
        if example:
            listings.append(_listing(group.key, group.letters, group.oldest, example))
    asins = {listing.asin for listing in listings if listing.asin}
    products = context.catalog.find(sorted(asins)) if asins else {}
    return tuple(
        listing.model_copy(update={"suggested": listing.asin if listing.asin in products else None})
        for listing in listings
    )


def _listing(key: str, orders: int, since: Moment, example: Order) -> UnmatchedListing:
    seller_sku = _seller_sku(key, example)
    line = next((line for line in example.lines if line.seller_sku == seller_sku), None)
    return UnmatchedListing(
        store_id=example.store_id,
        seller_sku=seller_sku,
        asin=line.asin if line else None,
        title=line.title if line else None,
        matched=key if key != seller_sku else None,
        orders=orders,
        since=since,
        example=example.amazon_order_id,
        suggested=None,
    )


def _seller_sku(key: str, example: Order) -> str:
    """Return the listing behind a cause, whose key is the SKU of the listing's manual match where it has one."""
    remedies = (
        blocker.remedy
        for blocker in example.blockers
        if blocker.kind is BlockerKind.PRODUCT_MISSING and blocker.key == key
    )
    matching = (remedy for remedy in remedies if remedy.kind is RemedyKind.MATCH_LISTING)
    return next((remedy.params["seller_sku"] for remedy in matching), key)
