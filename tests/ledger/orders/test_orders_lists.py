"""Lists, pages and counts of orders."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import ColumnElement, select, text

from ledger.batches import BatchRecord
from ledger.errors import AmbiguousOrderError
from ledger.ledger import Ledger
from ledger.orders import orders as queries
from ledger.tables.orders import BLOCKED, COMPLETABLE, orders
from schemas.money import Money
from schemas.order import Order
from schemas.order_filters import OrderFilter, OrderPager, SortColumn
from schemas.status import ImportState, Status
from schemas.store import Store
from tests.ledger.values import NOON, STORE, an_order, an_order_id


def save(ledger: Ledger, *orders: Order) -> None:
    with ledger.begin() as work:
        work.record("", BatchRecord(orders, {}))


def dollars(amount: str) -> Money:
    return Money(currency="USD", amount=Decimal(amount))


def some_orders() -> list[Order]:
    return [
        an_order(
            1, order_total=dollars("9.99"), status=Status.SHIPPED, import_state=ImportState.IMPORTED, completable=True
        ),
        an_order(2, order_total=dollars("10.000001"), status=Status.ERROR, import_state=ImportState.BLOCKED),
        an_order(3, order_total=dollars("100"), status=Status.ERROR, import_state=ImportState.BLOCKED),
        an_order(4),
        an_order(4, store_id="store-2", status=Status.SHIPPED),
    ]


def numbers(orders: list[Order]) -> list[int]:
    return [int(order.amazon_order_id[-7:]) for order in orders]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (OrderFilter(), [4, 4, 3, 2, 1]),
        (OrderFilter(store_id="store-2"), [4]),
        (OrderFilter(statuses=(Status.SHIPPED, Status.PENDING)), [4, 4, 1]),
        (OrderFilter(statuses=(Status.SHIPPED,), import_states=(ImportState.IMPORTED,)), [1]),
        (OrderFilter(total_min=Decimal("9.99"), total_max=Decimal("10.000001")), [2, 1]),
        (OrderFilter(total_min=Decimal("10.000002")), [3]),
        (OrderFilter(order_id=an_order_id(2)), [2]),
        (OrderFilter(order_id="111-"), [4, 4, 3, 2, 1]),
        (OrderFilter(order_id="%2"), []),
        (OrderFilter(purchased_from=NOON + timedelta(minutes=2), purchased_to=NOON + timedelta(minutes=3)), [3, 2]),
    ],
)
def test_orders_are_filtered_by(ledger: Ledger, wanted: OrderFilter, found: list[int]) -> None:
    save(ledger, *some_orders())
    with ledger.read() as work:
        page = work.orders.page(wanted)
    assert (numbers(page.rows), page.total) == (found, len(found))


def test_sorting_is_over_all_pages_and_orders_without_a_value_come_last(ledger: Ledger) -> None:
    save(ledger, *some_orders())
    with ledger.read() as work:
        ascending = work.orders.page(None, OrderPager(SortColumn.TOTAL, descending=False, page=1, page_size=2))
        descending = [
            number
            for page in (1, 2, 3)
            for number in numbers(work.orders.page(None, OrderPager(SortColumn.TOTAL, page=page, page_size=2)).rows)
        ]
    assert (numbers(ascending.rows), ascending.total) == ([1, 2], 5)
    assert descending == [3, 2, 1, 4, 4]


def test_a_stream_of_all_orders_shows_one_instant_whatever_is_written_meanwhile(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "STREAM_CHUNK", 1)
    before = some_orders()
    save(ledger, *before)
    with ledger.read() as work:
        walk = work.orders.stream(OrderFilter(), OrderPager(SortColumn.AMAZON_ORDER_ID, descending=False))
        seen = [next(walk)]
        save(ledger, an_order(0), an_order(9))
        seen += walk
    assert numbers(seen) == [1, 2, 3, 4, 4]


@pytest.mark.parametrize("column", list(SortColumn))
def test_every_column_can_be_sorted_by(ledger: Ledger, column: SortColumn) -> None:
    save(ledger, *some_orders())
    with ledger.read() as work:
        assert len(work.orders.page(None, OrderPager(column)).rows) == 5


def test_an_order_is_found_by_its_id_alone_unless_two_stores_have_it(ledger: Ledger) -> None:
    save(ledger, *some_orders())
    with ledger.read() as work:
        assert work.orders.find(an_order_id(1)) == some_orders()[0]
        assert work.orders.find(an_order_id(9)) is None
        assert work.orders.find(an_order_id(4), STORE) == some_orders()[3]
        with pytest.raises(AmbiguousOrderError, match="store-1, store-2"):
            work.orders.find(an_order_id(4))


def test_stores_with_blocked_orders_are_listed_by_name(ledger: Ledger) -> None:
    blocked = {"import_state": ImportState.BLOCKED}
    save(ledger, *some_orders(), an_order(5, store_id="nameless", **blocked))
    with ledger.begin() as work:
        work.stores.save(Store(store_id=STORE, name="Main store"))
        work.stores.save(Store(store_id="store-2", name="Not blocked"))
        assert work.orders.blocked_stores(10) == (["Main store", "nameless"], 2)
        assert work.orders.blocked_stores(1) == (["Main store"], 2)


def test_blocked_orders_are_paged_in_key_order(ledger: Ledger) -> None:
    save(ledger, *some_orders())
    with ledger.read() as work:
        assert numbers(work.orders.blocked(None, 1)) == [2]
        assert numbers(work.orders.blocked(an_order(2).key, 10)) == [3]


def test_completable_orders_are_imported_and_shipped(ledger: Ledger) -> None:
    save(ledger, *some_orders())
    with ledger.read() as work:
        assert numbers(work.orders.completable(None, 10)) == [1]
        assert work.orders.completable(an_order(1).key, 10) == []


def test_stale_orders_are_paged(ledger: Ledger) -> None:
    since = {an_order(number).key: NOON - timedelta(hours=number) for number in (1, 2, 3)}
    with ledger.begin() as work:
        work.record("", BatchRecord(some_orders(), {**since, an_order(4).key: None}))
    with ledger.read() as work:
        assert numbers(work.orders.stale(NOON - timedelta(hours=1), None, 1)) == [2]
        assert numbers(work.orders.stale(NOON - timedelta(hours=1), an_order(2).key, 1)) == [3]
    with ledger.begin() as work:
        work.record("", BatchRecord([an_order(3, version=2)], {}))
    with ledger.read() as work:
        assert numbers(work.orders.stale(NOON, None, 10)) == [1, 2]


def test_orders_are_counted_by_state(ledger: Ledger) -> None:
    with ledger.read() as work:
        assert work.orders.counts() == {"status": {}, "import_state": {}}
    save(ledger, *some_orders())
    with ledger.read() as work:
        assert work.orders.counts() == {
            "status": {"Error": 2, "Pending": 1, "Shipped": 2},
            "import_state": {"blocked": 2, "imported": 1, "not_due": 2},
        }


@pytest.mark.parametrize(
    ("condition", "index"), [(BLOCKED, "ix_orders_blocked"), (COMPLETABLE, "ix_orders_completable")]
)
def test_queries_of_scheduled_jobs_use_their_own_index(
    ledger: Ledger, condition: ColumnElement[bool], index: str
) -> None:
    with ledger._engine.connect() as connection:
        explain = "EXPLAIN QUERY PLAN"
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET enable_seqscan = off"))
            explain = "EXPLAIN"
        wanted = select(orders.c.document).where(condition)
        plan = connection.execute(text(f"{explain} {wanted.compile(ledger._engine)}")).all()
        assert index in str(plan)
