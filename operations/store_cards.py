"""Stores at a glance: the sales of thirty days, the orders that wait, and when they were added and changed."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

from ledger.orders.sales import NO_CURRENCY, DailySales
from ledger.orders.stores import StoreDates
from operations.context import Context
from operations.list_pages import ListPage
from operations.store_dashboard import NOT_SALES, SumOfMoney
from operations.stores import page_of_stores
from schemas.fields import Moment
from schemas.marketplaces import marketplace_name
from schemas.status import Status
from schemas.store import Store
from schemas.value import Value

DAYS = 30
_CENT = Decimal("0.01")


class StoreCard(Value):
    """A store: sales and orders of the last thirty days (canceled and error orders are none), by currency.

    `marketplace` is the country of its marketplace, None for one without or unknown. `waiting` is the number of orders
    that are blocked, `created_at` when the store was added, None if that is not known, `changed_at` when a person last
    changed the settings.
    """

    store: Store
    marketplace: str | None
    created_at: Moment | None
    changed_at: Moment | None
    orders: int
    sales: tuple[SumOfMoney, ...]
    waiting: int


def list_store_cards(context: Context, limit: int, after: str | None = None) -> ListPage[StoreCard]:
    """Return a page of the stores by id. Raises WrongFilterError."""
    with context.ledger.read() as work:
        stores = page_of_stores(work, limit, after)
        ids = [store.store_id for store in stores.rows]
        first_day = (work.now - timedelta(days=DAYS - 1)).date().isoformat()
        dates, sales = work.stores.dates(ids), work.sales.of_stores(ids, first_day)
        waiting = work.sales.counts(ids, Status.ERROR)
    return stores.shown_as(
        lambda store: _card(store, dates[store.store_id], sales.get(store.store_id, ()), waiting.get(store.store_id, 0))
    )


def _card(store: Store, dates: StoreDates, sales: Sequence[DailySales], waiting: int) -> StoreCard:
    sold = [row for row in sales if row.status not in NOT_SALES]
    return StoreCard(
        store=store,
        marketplace=marketplace_name(store.marketplace_id) if store.marketplace_id else None,
        created_at=dates.created_at,
        changed_at=dates.changed_at,
        orders=sum(row.orders for row in sold),
        sales=_totals(sold),
        waiting=waiting,
    )


def _totals(rows: Iterable[DailySales]) -> tuple[SumOfMoney, ...]:
    totals: dict[str, Decimal] = {}
    for row in rows:
        if row.currency != NO_CURRENCY:
            totals[row.currency] = totals.get(row.currency, Decimal(0)) + row.total
    return tuple(SumOfMoney(currency=currency, amount=totals[currency].quantize(_CENT)) for currency in sorted(totals))
