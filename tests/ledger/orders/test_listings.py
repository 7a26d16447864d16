"""Listings: the changes that orders make, pages of them, and sums that leave them as they are."""

from datetime import datetime, timedelta

import pytest

from ledger.batches import BatchRecord
from ledger.ledger import Ledger
from ledger.orders.listings import ListedListing, ListingKey
from schemas.line import Line
from schemas.order import Order
from tests.ledger.values import NOON, STORE, an_order, an_order_id


def lines(*listings: tuple[str, str | None]) -> tuple[Line, ...]:
    return tuple(
        Line(order_item_id=str(number), seller_sku=sku, asin=asin, title="personal", quantity=1)
        for number, (sku, asin) in enumerate(listings)
    )


def record(ledger: Ledger, *orders: Order, before: Order | None = None) -> Order:
    with ledger.begin() as work:
        work.record("", BatchRecord(orders, stored={before.key: before} if before else {}))
    return orders[0]


def listed(
    ledger: Ledger, after: ListingKey | None = None, limit: int = 10, store_id: str | None = None
) -> list[ListedListing]:
    with ledger.read() as work:
        return work.listings.after(after, limit, store_id)


def sum_up(ledger: Ledger, limit: int = 100) -> None:
    changes = 1
    while changes:
        with ledger.begin() as work:
            changes = work.listings.sum_up(limit)


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize("limit", [None, 1, 2, 100])
def test_a_listing_counts_its_orders_and_names_the_latest(ledger: Ledger, limit: int | None) -> None:
    record(ledger, an_order(3, lines=lines(("MUG", None), ("MUG", None), ("LAMP", "B01"))))
    record(ledger, an_order(1, lines=lines(("MUG", "B02"))), an_order(2, lines=lines(("MUG", None))))
    if limit:
        sum_up(ledger, limit)
    assert listed(ledger) == [
        ListedListing(STORE, "LAMP", "B01", 1, an_order_id(3), at(3)),
        ListedListing(STORE, "MUG", "B02", 3, an_order_id(3), at(3)),
    ]


@pytest.mark.parametrize("summed_up", [True, False])
def test_an_order_that_has_another_listing_moves_from_one_to_the_other(ledger: Ledger, summed_up: bool) -> None:
    first = record(ledger, an_order(1, lines=lines(("MUG", None))))
    record(ledger, an_order(2, lines=lines(("MUG", None))))
    sum_up(ledger)
    record(ledger, an_order(1, version=2, lines=lines(("LAMP", None))), before=first)
    if summed_up:
        sum_up(ledger)
    assert [(one.seller_sku, one.orders, one.last_order) for one in listed(ledger)] == [
        ("LAMP", 1, an_order_id(1)),
        ("MUG", 1, an_order_id(2)),
    ]


def test_a_listing_that_no_order_has_any_more_is_not_listed(ledger: Ledger) -> None:
    first = record(ledger, an_order(1, lines=lines(("MUG", None))))
    second = record(ledger, an_order(1, version=2, lines=()), before=first)
    sum_up(ledger)
    assert listed(ledger) == []
    record(ledger, an_order(1, version=3, lines=lines(("MUG", None))), before=second)
    sum_up(ledger)
    assert [(one.seller_sku, one.orders) for one in listed(ledger)] == [("MUG", 1)]


def test_an_asin_that_becomes_known_counts_no_order_twice_and_other_changes_count_nothing(ledger: Ledger) -> None:
    first = record(ledger, an_order(1, lines=lines(("MUG", None))))
    second = record(ledger, an_order(1, version=2, lines=lines(("MUG", "B01"))), before=first)
    record(ledger, an_order(1, version=3, note="Shipped.", lines=lines(("MUG", "B01"))), before=second)
    with ledger.begin() as work:
        assert work.listings.sum_up(100) == 2
    assert [(one.asin, one.orders) for one in listed(ledger)] == [("B01", 1)]


def test_listings_have_pages_of_one_store_or_all(ledger: Ledger) -> None:
    record(ledger, an_order(1, lines=lines(("A", None), ("C", None))))
    sum_up(ledger)
    record(ledger, an_order(2, lines=lines(("B", None))), an_order(2, store_id="another", lines=lines(("C", None))))
    keys = [one.key for one in listed(ledger)]
    assert keys == [("another", "C"), (STORE, "A"), (STORE, "B"), (STORE, "C")]
    assert [one.key for one in listed(ledger, keys[0], 2)] == keys[1:3]
    assert [one.key for one in listed(ledger, keys[2], 2)] == keys[3:]
    assert [one.key for one in listed(ledger, store_id="another")] == keys[:1]
    with ledger.read() as work:
        found = work.listings.find(STORE, "B")
        assert (found and found.last_order, work.listings.find(STORE, "D")) == (an_order_id(2), None)
