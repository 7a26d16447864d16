"""A page of orders with a token of the next one is a part of the whole list, and reported so."""

import pytest

from gateways.amazon.orders_api.files import read_orders
from gateways.amazon.orders_api.list_pages import MORE_PAGES
from gateways.amazon.results import Notice
from tests.gateways.amazon.samples import as_lines, order_2026, v0_order

TOKEN = {"NextToken": "abc"}


def notices(*documents: object) -> list[str]:
    """Return the notices about a file of these documents."""
    return [result.text for result in read_orders(as_lines(*documents), "us") if isinstance(result, Notice)]


@pytest.mark.parametrize(
    "page",
    [
        {"payload": {"Orders": [v0_order()], **TOKEN}},
        {"Orders": [v0_order()], **TOKEN},
        {"orders": [order_2026()], "pagination": {"nextToken": "abc"}},
        {"orders": [], "pagination": {"nextToken": "abc"}},
    ],
)
def test_a_page_with_a_next_one_is_reported_as_a_part(page: object) -> None:
    assert notices(page) == [MORE_PAGES]


@pytest.mark.parametrize(
    "documents",
    [
        [{"payload": {"Orders": [v0_order()]}}],
        [{"Orders": [v0_order()], "NextToken": ""}],
        [{"orders": [order_2026()], "pagination": {}}],
        [{"Orders": [v0_order()], **TOKEN}, {"Orders": [v0_order()]}],
        [v0_order()],
    ],
)
def test_the_last_page_and_a_single_order_are_the_whole(documents: list[object]) -> None:
    assert notices(*documents) == []
