"""Sales figures: the reports that change them; summing up changes nothing."""

from decimal import Decimal

import pytest

from ledger.batches import BatchRecord
from ledger.ledger import Ledger
from ledger.orders.sales import DailySales
from schemas.money import Money
from schemas.order import Order
from schemas.status import Status
from tests.ledger.values import STORE, an_order

DAY = "2026-11-02"


def record(ledger: Ledger, order: Order, before: Order | None = None) -> Order:
    with ledger.begin() as work:
        work.record("", BatchRecord([order], stored={order.key: before} if before else {}))
    return order


def sums(ledger: Ledger, since: str = DAY) -> set[tuple[str, str, int, Decimal]]:
    with ledger.read() as work:
        found = work.sales.by_day(STORE, since)
        assert {(row.status, row.orders) for row in work.sales.of_all_days(STORE)} >= {
            (row.status, row.orders) for row in found
        }
    assert all(row.day == DAY for row in found)
    return {(row.status, row.currency, row.orders, row.total) for row in found}


def costing(number: int, amount: str, **facts: object) -> Order:
    return an_order(number, order_total=Money(currency="USD", amount=Decimal(amount)), **facts)


def test_orders_move_from_sum_to_sum_with_their_status_and_total(ledger: Ledger) -> None:
    first = record(ledger, an_order(1))
    second = record(ledger, costing(2, "2.50"))
    assert sums(ledger) == {("Pending", "", 1, Decimal(0)), ("Pending", "USD", 1, Decimal("2.50"))}
    record(ledger, costing(1, "10.01", status=Status.SHIPPED, version=2), first)
    record(ledger, costing(2, "2.50", note="nothing that counts", version=2), second)
    assert sums(ledger) == {
        ("Pending", "", 0, Decimal(0)),
        ("Pending", "USD", 1, Decimal("2.50")),
        ("Shipped", "USD", 1, Decimal("10.01")),
    }
    assert sums(ledger, "2026-11-03") == set()


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_summing_up_changes_no_figure(ledger: Ledger, limit: int) -> None:
    for number in (1, 2, 3):
        before = record(ledger, costing(number, "5.25"))
        record(ledger, costing(number, "5.75", status=Status.SHIPPED, version=2), before)
    figures = sums(ledger)
    with ledger.begin() as work:
        while work.sales.sum_up(limit):
            assert work.sales.count(STORE) == 3
    assert {row for row in sums(ledger) if row[2]} == {("Shipped", "USD", 3, Decimal("17.25"))}
    assert {row for row in figures if row[2]} == {("Shipped", "USD", 3, Decimal("17.25"))}


def test_counts_are_of_a_store_and_of_statuses(ledger: Ledger) -> None:
    record(ledger, an_order(1))
    record(ledger, an_order(2, status=Status.SHIPPED))
    record(ledger, an_order(3, store_id="other"))
    with ledger.read() as work:
        counts = (work.sales.count(), work.sales.count(STORE), work.sales.count(None, ["Shipped", "Error"]))
        assert counts == (3, 2, 1)
        assert work.sales.count("nobody") == 0
        assert work.sales.by_day("nobody", DAY) == []
        assert DailySales("", "Shipped", "", 1, Decimal(0)) in work.sales.of_all_days(STORE)
