"""Lists of orders and a store's dashboard over a million orders: the time of each filter, sorting and page.

The orders are of ten stores, over a year, most of them completed; some statuses, states and totals are rare, and one
store has a hundred. They are copies of one order that went its whole way.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl

import psycopg

from bench.environment import Environment
from bench.errors import BenchError
from bench.job import ORDER_COLUMNS, handle_one
from bench.load import EVENTS_PER_ORDER, upstream_event
from gateways.simulator.gateways import SimulatedGateways
from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import read_or_make_key
from ledger.ledger import Ledger
from ledger.orders.lists import position_of
from operations.context import Context
from operations.orders.list_query import parse_query
from operations.orders.lists import list_orders
from operations.store_changes import add_store
from operations.store_dashboard import PERIODS, show_dashboard
from schemas.order_filters import OrderFilter, OrderPager, SortColumn
from schemas.settings import Settings

TURNS = 20
"""Requests of each list; the 95th percentile is the second slowest."""

STORES = ("bench-rare", *(f"bench-{number}" for number in range(10)))
_MODEL = 10**14 - 1
_COPIED = ("asks_to_cancel", "document")
_SET = [name for name in ORDER_COLUMNS if name not in _COPIED]
_FILL = f"""
    INSERT INTO orders ({", ".join(_SET)}, {", ".join(_COPIED)})
    SELECT store, id, 3, bought, bought + (n %% 5) * interval '1 day', status,
        CASE status WHEN 'Completed' THEN 'Shipped' WHEN 'Error' THEN 'Unshipped' ELSE status END,
        CASE WHEN n <= 500 THEN 'view_only' WHEN status = 'Completed' THEN 'completed'
            WHEN status = 'Error' THEN 'blocked' WHEN status = 'Canceled' THEN 'canceled'
            WHEN status LIKE 'Pending%%' THEN 'not_due' ELSE 'imported' END,
        status = 'Shipped' AND n %% 50 = 0, 'MFN',
        CASE WHEN status = 'Pending' AND n %% 2 = 0 THEN NULL
            ELSE (round((exp(3 * luck + 2))::numeric, 2) * 1000000)::bigint END,
        'USD', 'Status updated to ' || status || '.', NULL,
        n %% 20000 = 7, replace(replace(replace(model.document, model.copied_id, id),
            '"bench-us"', '"' || store || '"'), 'BENCH-1"', 'BENCH-' || n %% 100000 || '"')
    FROM (SELECT amazon_order_id AS copied_id, document FROM orders) AS model, generate_series(1, %(orders)s) AS n,
        LATERAL (SELECT '702-' || lpad((n / 10000000)::text, 7, '0') || '-'
            || lpad((n::bigint * 7919 %% 10000000)::text, 7, '0') AS id) AS named,
        LATERAL (SELECT CASE WHEN n %% 10000 = 0 THEN 'bench-rare' WHEN n %% 10 < 6 THEN 'bench-0'
            ELSE 'bench-' || n %% 10 END AS store) AS sold,
        LATERAL (SELECT now() - (%(orders)s - n) * interval '365 days' / %(orders)s AS bought) AS dated,
        LATERAL (SELECT random() + 0 * n AS luck, random() + 0 * n AS r) AS drawn,
        LATERAL (SELECT CASE WHEN r < 0.0001 THEN 'PendingAvailability' WHEN r < 0.0002 THEN 'Unfulfillable'
            WHEN r < 0.005 THEN 'Error' WHEN r < 0.01 THEN 'PartiallyShipped' WHEN r < 0.03 THEN 'Pending'
            WHEN r < 0.06 THEN 'Unshipped' WHEN r < 0.12 THEN 'Canceled' WHEN r < 0.2 THEN 'Shipped'
            ELSE 'Completed' END AS status) AS fated
"""  # noqa: S608 - nothing but names of columns
_SUM_UP = """
    INSERT INTO daily_sales (store_id, day, status, currency, orders, total)
    SELECT store_id, to_char(purchase_date AT TIME ZONE 'UTC', 'YYYY-MM-DD'), status, coalesce(currency, ''),
        count(*), coalesce(sum(total), 0)
    FROM orders GROUP BY 1, 2, 3, 4
"""

_LIST = """
    INSERT INTO listings (store_id, seller_sku, orders, last_order, last_at)
    SELECT store_id, seller_sku, count(*), (array_agg(amazon_order_id ORDER BY purchase_date DESC))[1],
        max(purchase_date)
    FROM (SELECT store_id, amazon_order_id, purchase_date,
            substring(document FROM '"seller_sku":"([^"]+)"') AS seller_sku FROM orders) AS sold
    GROUP BY 1, 2
"""

_TODAY = datetime.now(UTC).date()
LISTS: Mapping[str, str] = {
    "all orders": "",
    "a store with most of them": "store=bench-0",
    "a store with few": "store=bench-rare",
    "a common status": "status=Completed",
    "a rare status": "status=Unfulfillable",
    "a rare status, by total": "status=Error&sort=total&desc=1",
    "six statuses": "status=Error&status=Pending&status=Unshipped&status=Canceled&status=Shipped&status=Unfulfillable",
    "a rare import state": "import_state=view_only",
    "a day of purchase": f"from={_TODAY - timedelta(days=200)}&to={_TODAY - timedelta(days=200)}",
    "half a year of purchase": f"to={_TODAY - timedelta(days=180)}",
    "an order number": "order=702-0000000-0007919",
    "the beginning of order numbers": "order=702-0000000-12",
    "totals of one cent": "total_min=10.01&total_max=10.01",
    "totals of half a dollar": "total_min=10&total_max=10.50",
    "high totals": "total_min=147",
    "undecided requests to cancel": "asks_to_cancel=1",
    "a store, a status and a total": "store=bench-0&status=Error&total_min=100",
    **{f"sorted by {column.value.replace('_', ' ')}": f"sort={column.value}" for column in SortColumn},
    "sorted by total, highest first": "sort=total&desc=1",
}
"""Lists by their content, each with its address."""


@dataclass(frozen=True, slots=True)
class LookUpTime:
    """Milliseconds of a look-up at the median and the 95th percentile."""

    what: str
    p50: float
    p95: float


def measure_order_lists(environment: Environment, orders: int) -> list[LookUpTime]:
    """Fill the ledger with orders, and time the lists and the dashboard. Raises BenchError for an empty list."""
    fill(environment.database_url, orders)
    with opened(environment) as context:
        return time_lists(context)


@contextmanager
def opened(environment: Environment) -> Iterator[Context]:
    """Open the context of operations with all stores, until the block ends."""
    ledger = Ledger.open(
        environment.database_url, Cipher.of([read_or_make_key(environment.servers.folder / "vault.key")])
    )
    with closing(ledger):
        gateways = SimulatedGateways(ledger.documents)
        context = Context(Settings(), ledger, gateways, gateways.commerce.catalog)
        for store in STORES:
            add_store(context, store, {"marketplace_id": "ATVPDKIKX0DER"}, actor="bench")
        yield context


def fill(database_url: str, orders: int) -> None:
    """Write the orders and their sums, and leave the database as its vacuum would."""
    with psycopg.connect(database_url) as connection:
        for step in range(EVENTS_PER_ORDER):
            handle_one(connection, upstream_event(_MODEL, step).body)
        connection.execute(_FILL, {"orders": orders})
        connection.execute("DELETE FROM orders WHERE amazon_order_id LIKE '701-%'")
        connection.execute("DELETE FROM listing_changes")
        for statement in (_SUM_UP, _LIST):
            connection.execute(statement)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def time_lists(context: Context) -> list[LookUpTime]:
    """Time each list, the walk to the deepest pages, and the dashboards of the largest store."""
    times = [_timed(what, _list(context, query)) for what, query in LISTS.items()]
    times += [
        _timed(f"a page in the middle, sorted by {column.value.replace('_', ' ')}", _middle(context, column))
        for column in (SortColumn.PURCHASE_DATE, SortColumn.TOTAL, SortColumn.STATUS)
    ]
    return [
        *times,
        *(_timed(f"dashboard of the largest store, {days} days", _dashboard(context, days)) for days in PERIODS),
    ]


def _list(context: Context, query: str) -> Callable[[], int]:
    order_filter, pager = parse_query(parse_qsl(query))
    return lambda: len(list_orders(context, order_filter, pager).orders)


def _dashboard(context: Context, period: int) -> Callable[[], int]:
    return lambda: show_dashboard(context, STORES[1], period).orders


def _middle(context: Context, sort: SortColumn) -> Callable[[], int]:
    """Return the request of the page after an order in the middle of the list."""
    middle = OrderFilter(total_min=Decimal(30), purchased_from=datetime.now(UTC) - timedelta(days=180))
    pager = OrderPager(sort, descending=False)
    with context.ledger.read() as work:
        order = work.order_lists.page(middle, pager).rows[-1]
    after = replace(pager, after=position_of(order, sort))
    return lambda: len(list_orders(context, OrderFilter(), after).orders)


def _timed(what: str, request: Callable[[], int]) -> LookUpTime:
    times = []
    for _ in range(TURNS):
        started = time.monotonic()
        if not request():
            raise BenchError(f"There are no orders in the list: {what}.")
        times.append((time.monotonic() - started) * 1000)
    times.sort()
    return LookUpTime(what, times[len(times) // 2], times[-2])
