"""Sweeps: each search from where the last one ended, one page by one process, the same page again after a failure."""

from datetime import timedelta

from ledger.ledger import Ledger
from ledger.orders.order_sweeps import OrderSweep
from tests.ledger.values import Clock

FIRST, SEARCH_LAG, LEASE, PAUSE = timedelta(days=1), timedelta(minutes=3), timedelta(minutes=5), timedelta(minutes=15)


def claim(ledger: Ledger) -> OrderSweep | None:
    with ledger.begin() as work:
        return work.order_sweeps.claim("SELLER", FIRST, SEARCH_LAG, LEASE)


def claimed(ledger: Ledger) -> OrderSweep:
    sweep = claim(ledger)
    assert sweep
    return sweep


def test_the_first_search_is_of_a_day_and_the_next_from_its_end(ledger: Ledger, clock: Clock) -> None:
    first = claimed(ledger)
    assert (first.swept_until, first.search_until) == (clock() - FIRST, clock() - SEARCH_LAG)
    with ledger.begin() as work:
        work.order_sweeps.finish(first, PAUSE)
    assert claim(ledger) is None
    clock.now += PAUSE
    assert claimed(ledger).swept_until == first.search_until


def test_all_pages_are_of_the_same_span_and_asked_for_by_one_process(ledger: Ledger, clock: Clock) -> None:
    first = claimed(ledger)
    assert claim(ledger) is None
    clock.now += timedelta(minutes=1)
    with ledger.begin() as work:
        work.order_sweeps.go_on(first, "page 2")
    second = claimed(ledger)
    assert second == first._replace(page_token="page 2")


def test_a_page_that_failed_or_whose_process_died_is_asked_for_again(ledger: Ledger, clock: Clock) -> None:
    first = claimed(ledger)
    clock.now += LEASE
    again = claimed(ledger)
    assert again == first
    with ledger.begin() as work:
        work.order_sweeps.postpone(again, PAUSE, attempts=1)
    clock.now += PAUSE
    assert claimed(ledger) == first._replace(attempts=1)


def test_a_search_begun_again_is_from_the_same_start(ledger: Ledger, clock: Clock) -> None:
    first = claimed(ledger)
    with ledger.begin() as work:
        work.order_sweeps.go_on(first, "page 2")
    clock.now += timedelta(minutes=1)
    second = claimed(ledger)
    with ledger.begin() as work:
        work.order_sweeps.restart(second)
    again = claimed(ledger)
    assert (again.swept_until, again.page_token) == (first.swept_until, None)


def test_the_end_of_the_last_sweep_is_known(ledger: Ledger) -> None:
    with ledger.read() as work:
        assert work.order_sweeps.swept_until("SELLER") is None
    first = claimed(ledger)
    with ledger.begin() as work:
        work.order_sweeps.finish(first, PAUSE)
    with ledger.read() as work:
        assert work.order_sweeps.swept_until("SELLER") == first.search_until
