"""Matches that people made, a page at a time."""

from operations.catalog.models import ListingMatch
from operations.context import Context


def list_matches(context: Context, store_id: str | None, limit: int, offset: int = 0) -> tuple[ListingMatch, ...]:
    """Return the matches of one store or all, by store and seller SKU, at most *limit* after the first *offset*."""
    with context.ledger.read() as work:
        found = work.matches.all(store_id, limit, offset)
    return tuple(ListingMatch(store_id=one.store_id, seller_sku=one.seller_sku, sku=one.sku) for one in found)
