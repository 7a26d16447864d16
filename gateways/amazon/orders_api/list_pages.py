"""Pages of a list of orders (getOrders of v0, searchOrders of 2026-01-01): whether a file ends before the last page."""

from collections.abc import Sequence

from gateways.amazon.fields import Fields

MORE_PAGES = (
    "The file is a part of the whole list: its last page has a token of a next page. Ask Amazon for it, until a page "
    "has none, and publish the other pages too."
)


def is_part_of_a_list(documents: Sequence[Fields]) -> bool:
    """Whether the last page of orders in a file has a next one, which Amazon returns for `NextToken` or `nextToken`."""
    pages = [page for document in documents if (page := _page(document)) is not None]
    return bool(pages) and _next_token(pages[-1])


def _page(document: Fields) -> Fields | None:
    """Return a response with a list of orders, without its envelope; None for another document."""
    payload = document.value("payload")
    page = Fields(payload) if isinstance(payload, dict) else document
    return page if isinstance(page.value("orders"), list) else None


def _next_token(page: Fields) -> bool:
    pagination = page.value("pagination")
    parts = [page, Fields(pagination)] if isinstance(pagination, dict) else [page]
    return any("nextToken" in part for part in parts)
