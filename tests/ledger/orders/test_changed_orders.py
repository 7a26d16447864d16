"""Changed orders: one question an order, the most urgent first, asked by one process, never forgotten."""

from datetime import datetime, timedelta

from ledger.ledger import Ledger
from ledger.orders.changed_orders import UNDATED, ChangedOrder
from schemas.order import OrderKey
from tests.ledger.values import Clock

LEASE = timedelta(minutes=1)
STORES = ("us", "de")
FIRST, SECOND, THIRD = ("us", "111-0000001-0000001"), ("us", "111-0000002-0000002"), ("de", "111-0000003-0000003")


def put(ledger: Ledger, *keys: OrderKey, ship_by: datetime | None = None) -> None:
    with ledger.begin() as work:
        work.changed_orders.put(dict.fromkeys(keys, ship_by))


def claim(ledger: Ledger) -> ChangedOrder | None:
    with ledger.begin() as work:
        return work.changed_orders.claim(STORES, LEASE)


def claimed_keys(ledger: Ledger) -> list[OrderKey]:
    return [order.key for order in iter(lambda: claim(ledger), None)]


def remove(ledger: Ledger, order: ChangedOrder | None) -> None:
    assert order
    with ledger.begin() as work:
        work.changed_orders.remove(order)


def count(ledger: Ledger) -> int:
    with ledger.read() as work:
        return work.changed_orders.backlog(STORES).orders


def test_any_number_of_notifications_is_one_question(ledger: Ledger) -> None:
    for _ in range(3):
        put(ledger, FIRST)
    assert claimed_keys(ledger) == [FIRST]


def test_orders_that_ship_soonest_are_fetched_first_and_undated_ones_in_their_turn(
    ledger: Ledger, clock: Clock
) -> None:
    put(ledger, FIRST, ship_by=clock.now + UNDATED + timedelta(hours=1))
    put(ledger, SECOND)
    put(ledger, THIRD, ship_by=clock.now + timedelta(hours=1))
    assert claimed_keys(ledger) == [THIRD, SECOND, FIRST]


def test_a_claimed_order_is_nobody_elses_until_its_lease_expires(ledger: Ledger, clock: Clock) -> None:
    put(ledger, FIRST)
    assert (claimed_keys(ledger), claimed_keys(ledger)) == ([FIRST], [])
    clock.now += LEASE
    assert claimed_keys(ledger) == [FIRST]


def test_an_answered_order_is_gone(ledger: Ledger) -> None:
    put(ledger, FIRST)
    remove(ledger, claim(ledger))
    assert count(ledger) == 0


def test_a_notification_that_came_while_amazon_was_asked_is_a_question_of_its_own(ledger: Ledger) -> None:
    put(ledger, FIRST)
    asked = claim(ledger)
    put(ledger, FIRST)
    remove(ledger, asked)
    assert claimed_keys(ledger) == [FIRST]


def test_a_postponed_order_is_asked_again_when_it_is_due(ledger: Ledger, clock: Clock) -> None:
    put(ledger, FIRST)
    asked = claim(ledger)
    assert asked
    with ledger.begin() as work:
        work.changed_orders.postpone(asked, timedelta(hours=1), attempts=3)
    assert claim(ledger) is None
    clock.now += timedelta(hours=1)
    again = claim(ledger)
    assert again
    assert again.attempts == 3


def test_the_backlog_has_the_number_and_the_age_of_orders(ledger: Ledger, clock: Clock) -> None:
    since = clock.now
    put(ledger, FIRST)
    clock.now += timedelta(minutes=5)
    put(ledger, FIRST, SECOND)
    with ledger.read() as work:
        assert work.changed_orders.backlog(STORES) == (2, since)
