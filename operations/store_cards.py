"""Stores at a glance: the sales of thirty days, the orders that wait, and when settings were changed."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from ledger.orders.sales import NO_CURRENCY, DailySales
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.store_dashboard import NOT_SALES, SumOfMoney
from schemas.fields import Moment
from schemas.status import Status
from schemas.store import Store
from schemas.value import Value

DAYS = 30
_CENT = Decimal("0.01")


class StoreCard(Value):
    """A store: sales and orders of the last thirty days (canceled and error orders are none), by currency.

    `waiting` is the number of orders that are blocked, `changed_at` when a person last changed the settings.
    """

    store: Store
    changed_at: Moment | None
    orders: int
    sales: tuple[SumOfMoney, ...]
    waiting: int


def list_store_cards(context: Context, limit: int, offset: int = 0) -> list[StoreCard]:
    """Return the stores by id, at most *limit* after the first *offset*."""
    with context.ledger.read() as work:
        return [_card(work, store) for store in work.stores.all(limit, offset)]


def _card(work: UnitOfWork, store: Store) -> StoreCard:
    first_day = (work.now - timedelta(days=DAYS - 1)).date().isoformat()
    sold = [row for row in work.sales.by_day(store.store_id, first_day) if row.status not in NOT_SALES]
    changes = [entry.at for entry in work.audit_log.latest(store.store_id) if entry.action.startswith("store.")]
    return StoreCard(
        store=store,
        changed_at=max(changes, default=None),
        orders=sum(row.orders for row in sold),
        sales=_totals(sold),
        waiting=work.sales.count(store.store_id, (Status.ERROR,)),
    )


def _totals(sold: Iterable[DailySales]) -> tuple[SumOfMoney, ...]:
    totals: dict[str, Decimal] = {}
    for row in sold:
        if row.currency != NO_CURRENCY:
            totals[row.currency] = totals.get(row.currency, Decimal(0)) + row.total
    return tuple(SumOfMoney(currency=one, amount=totals[one].quantize(_CENT)) for one in sorted(totals))
