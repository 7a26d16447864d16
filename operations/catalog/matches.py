"""Matches that people made, a page at a time."""

from ledger.orders.matches import Match
from operations.catalog.models import ListingMatch
from operations.context import Context
from operations.list_pages import ListKey, ListPage, list_page

_KEY: ListKey[Match] = ListKey((str, str), lambda match: (match.store_id, match.seller_sku))


def list_matches(
    context: Context, store_id: str | None, limit: int, after: str | None = None
) -> ListPage[ListingMatch]:
    """Return a page of the matches of one store or all, by store and seller SKU. Raises WrongFilterError."""
    with context.ledger.read() as work:
        page = list_page(_KEY, lambda key, number: work.matches.after(key, number, store_id), limit, after)
    return page.shown_as(
        lambda match: ListingMatch(store_id=match.store_id, seller_sku=match.seller_sku, sku=match.sku)
    )
