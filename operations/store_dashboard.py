"""A store's dashboard: sales by day against the period before, lifetime sales, orders by status, recent orders."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

from ledger.orders.sales import NO_CURRENCY, DailySales
from operations.context import Context
from operations.errors import WrongFilterError
from operations.orders.lists import row_of
from operations.orders.models import OrderRow
from operations.seller_central import SellerCentralLink, seller_central_links
from operations.stores import get_store
from schemas.fields import Moment
from schemas.marketplaces import marketplace_name
from schemas.money import Currency
from schemas.order_filters import OrderFilter
from schemas.status import Status
from schemas.store import Store
from schemas.value import Value

PERIODS = (7, 30)
"""Days of the periods that a dashboard shows, today in UTC included."""

RECENT = 10
"""Recent orders that a dashboard shows."""

NOT_SALES = (Status.CANCELED, Status.ERROR)
"""Orders with these statuses are no sales: they are canceled, or not yet in Commerce."""


class SumOfMoney(Value):
    """A sum of amounts, which may have more digits than the amount of one order."""

    currency: Currency
    amount: Decimal

    def __str__(self) -> str:
        """Return it for people, `1,011.01 USD`."""
        return f"{self.amount:,.2f} {self.currency}"


class DaySales(Value):
    """The sales of one day in UTC: the number of orders, and the sum of the totals that are known."""

    day: str
    orders: int
    total: SumOfMoney


class Sales(Value):
    """Sales in one currency by day, oldest first, against the period of as many days before.

    `change` is that of the total in percent, to one decimal place; None where nothing was sold before.
    """

    days: tuple[DaySales, ...]
    orders: int
    total: SumOfMoney
    before: SumOfMoney
    change: Decimal | None


class StatusCount(Value):
    """How many orders of the store have a status."""

    status: Status
    orders: int


class StoreDashboard(Value):
    """A store's figures. Canceled and error orders are no sales; days are in UTC, by purchase date.

    `sales` and `lifetime_sales` have an entry for each currency, that of the greatest total first.
    """

    store: Store
    marketplace: str | None
    """The country of its marketplace; None for one without or unknown."""
    created_at: Moment | None
    """When the store was added; None if that is not known."""
    changed_at: Moment | None
    """When a person last changed the store's settings; None if nobody has."""
    period: int
    sales: tuple[Sales, ...]
    lifetime_sales: tuple[SumOfMoney, ...]
    orders: int
    statuses: tuple[StatusCount, ...]
    """In the order of an order's life; those that no order has are left out."""
    recent_orders: tuple[OrderRow, ...]
    seller_central: tuple[SellerCentralLink, ...]
    """Pages of Amazon's Seller Central about the store; none where its marketplace is unknown."""


def show_dashboard(context: Context, store_id: str, period: int = PERIODS[0]) -> StoreDashboard:
    """Return a store's figures for the last *period* days, one of PERIODS. Raises NotFoundError, WrongFilterError."""
    if period not in PERIODS:
        raise WrongFilterError(f"Sales are shown for {' or '.join(map(str, PERIODS))} days, not for {period}.")
    with context.ledger.read() as work:
        store = get_store(work, store_id)
        days = [(work.now - timedelta(days=ago)).date().isoformat() for ago in reversed(range(2 * period))]
        by_day, ever = work.sales.by_day(store_id, days[0]), work.sales.of_all_days(store_id)
        recent = work.order_lists.first(OrderFilter(store_id=store_id), RECENT)
        dates = work.stores.dates([store_id])[store_id]
    counts = {status: sum(row.orders for row in ever if row.status == status) for status in Status}
    return StoreDashboard(
        store=store,
        marketplace=marketplace_name(store.marketplace_id) if store.marketplace_id else None,
        created_at=dates.created_at,
        changed_at=dates.changed_at,
        period=period,
        sales=_sales(by_day, days[period:]),
        lifetime_sales=_totals(ever),
        orders=sum(counts.values()),
        statuses=tuple(StatusCount(status=status, orders=count) for status, count in counts.items() if count),
        recent_orders=tuple(row_of(order) for order in recent),
        seller_central=seller_central_links(store.marketplace_id),
    )


def _totals(rows: Iterable[DailySales]) -> tuple[SumOfMoney, ...]:
    """Return the totals of sales by currency, the greatest first."""
    totals: dict[str, Decimal] = {}
    for row in _sold(rows):
        if row.currency != NO_CURRENCY:
            totals[row.currency] = totals.get(row.currency, Decimal(0)) + row.total
    ordered = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return tuple(_sum(currency, amount) for currency, amount in ordered)


def _sum(currency: str, amount: Decimal) -> SumOfMoney:
    """Return a sum; the ledger's have six places, of which people need two unless the others are not zero."""
    short = amount.quantize(Decimal("0.01"))
    return SumOfMoney(currency=currency, amount=short if short == amount else amount)


def _sold(rows: Iterable[DailySales]) -> list[DailySales]:
    return [row for row in rows if row.status not in NOT_SALES]


def _sales(rows: Iterable[DailySales], days: Sequence[str]) -> tuple[Sales, ...]:
    sold = _sold(rows)
    return tuple(_in_currency(sold, days, total.currency) for total in _totals(sold))


def _in_currency(sold: Iterable[DailySales], days: Sequence[str], currency: str) -> Sales:
    """Return the sales of these days in a currency; the days before them are the period before."""
    rows = [row for row in sold if row.currency == currency]
    by_day = [_day(rows, day, currency) for day in days]
    total = sum((day.total.amount for day in by_day), Decimal(0))
    before = sum((row.total for row in rows if row.day < days[0]), Decimal(0))
    return Sales(
        days=tuple(by_day),
        orders=sum(day.orders for day in by_day),
        total=_sum(currency, total),
        before=_sum(currency, before),
        change=((total - before) / before * 100).quantize(Decimal("0.1")) if before > 0 else None,
    )


def _day(rows: Iterable[DailySales], day: str, currency: str) -> DaySales:
    of_day = [row for row in rows if row.day == day]
    total = sum((row.total for row in of_day), Decimal(0))
    orders = sum(row.orders for row in of_day)
    return DaySales(day=day, orders=orders, total=_sum(currency, total))
