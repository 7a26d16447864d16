"""Lists, pages and counts of orders."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import ColumnElement, select, text

from ledger.batches import BatchRecord
from ledger.errors import AmbiguousOrderError
from ledger.ledger import Ledger
from ledger.orders import lists as queries
from ledger.orders.lists import position_of
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
        an_order(
            3,
            order_total=dollars("100"),
            status=Status.ERROR,
            import_state=ImportState.BLOCKED,
            asks_to_cancel=True,
        ),
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
        (OrderFilter(order_id="111-0000000-000000"), [4, 4, 3, 2, 1]),
        (OrderFilter(order_id="11_"), []),
        (OrderFilter(asks_to_cancel=True), [3]),
        (OrderFilter(purchased_from=NOON + timedelta(minutes=2), purchased_to=NOON + timedelta(minutes=3)), [3, 2]),
    ],
)
def test_orders_are_filtered_by(ledger: Ledger, wanted: OrderFilter, found: list[int]) -> None:
    save(ledger, *some_orders())
    with ledger.read() as work:
        page = work.order_lists.page(wanted)
    assert (numbers(page.rows), page.total) == (found, len(found))


def test_sorting_is_over_all_pages_and_orders_without_a_value_come_last(ledger: Ledger) -> None:
    save(ledger, *some_orders())
    with ledger.read() as work:
        ascending = work.order_lists.page(None, OrderPager(SortColumn.TOTAL, descending=False, page=1, page_size=2))
        descending = [
            number
            for page in (1, 2, 3)
            for number in numbers(
                work.order_lists.page(None, OrderPager(SortColumn.TOTAL, page=page, page_size=2)).rows
            )
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
        walk = work.order_lists.stream(OrderFilter(), OrderPager(SortColumn.AMAZON_ORDER_ID, descending=False))
        seen = [next(walk)]
        save(ledger, an_order(0), an_order(9))
        seen += walk
    assert numbers(seen) == [1, 2, 3, 4, 4]


def walk(ledger: Ledger, wanted: OrderFilter, pager: OrderPager, towards: str) -> list[Order]:
    """Return the orders of all pages, each read from the last order of the page before it."""
    walked: list[Order] = []
    with ledger.read() as work:
        while True:
            page = work.order_lists.page(wanted, pager)
            walked += page.rows if towards == "after" else reversed(page.rows)
            if not (page.has_next if towards == "after" else page.has_previous):
                return walked
            last = page.rows[-1 if towards == "after" else 0]
            position = position_of(last, pager.sort)
            pager = replace(pager, after=position) if towards == "after" else replace(pager, before=position)


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("column", list(SortColumn))
@pytest.mark.parametrize(
    "wanted", [OrderFilter(), OrderFilter(statuses=(Status.SHIPPED, Status.PENDING, Status.ERROR, Status.ERROR))]
)
def test_pages_from_order_to_order_are_the_whole_list_in_both_directions(
    ledger: Ledger, wanted: OrderFilter, column: SortColumn, descending: bool
) -> None:
    save(ledger, *some_orders(), an_order(5, purchase_date=NOON), an_order(6, purchase_date=NOON))
    pager = OrderPager(column, descending, page_size=2)
    with ledger.read() as work:
        whole = list(work.order_lists.stream(wanted, pager))
    assert len(whole) == 7
    assert walk(ledger, wanted, pager, "after") == whole
    end = replace(pager, before=position_of(whole[-1], column))
    assert walk(ledger, wanted, end, "before") == whole[-2::-1]


def test_numbered_pages_run_on_into_the_orders_without_a_total(ledger: Ledger) -> None:
    save(ledger, *some_orders(), an_order(5))
    with ledger.read() as work:
        pages = [work.order_lists.page(None, OrderPager(SortColumn.TOTAL, page=n, page_size=2)).rows for n in (1, 2, 3)]
    assert [numbers(page) for page in pages] == [[3, 2], [1, 5], [4, 4]]


def test_a_count_stops_at_its_limit_unless_there_are_sums(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "COUNT_LIMIT", 3)
    save(ledger, *some_orders())
    filters = (
        OrderFilter(),
        OrderFilter(store_id=STORE, statuses=[Status.ERROR]),
        OrderFilter(order_id="1"),
        OrderFilter(total_min=Decimal(1)),
    )
    with ledger.read() as work:
        pages = [work.order_lists.page(wanted) for wanted in filters]
    assert [(page.total, page.exact) for page in pages] == [(5, True), (2, True), (3, False), (3, True)]


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
def test_queries_of_scheduled_jobs_read_no_other_orders(
    ledger: Ledger, condition: ColumnElement[bool], index: str
) -> None:
    with ledger._engine.connect() as connection:
        explain = "EXPLAIN QUERY PLAN"
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET enable_seqscan = off"))
            explain = "EXPLAIN"
        wanted = select(orders.c.document).where(condition).order_by(orders.c.store_id, orders.c.amazon_order_id)
        plan = connection.execute(text(f"{explain} {wanted.compile(ledger._engine)}")).all()
        assert index in str(plan) or "SEARCH orders USING INDEX ix_orders_import_state" in str(plan)  # SQLite
