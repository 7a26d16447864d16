"""The order sweeper: searches Amazon for orders that changed, and finds those whose notification never came.

Amazon grants one search in three minutes after a burst of twenty. A search goes from where the last one ended, a little
earlier, because Amazon may list a change late. An order that the ledger has as late as Amazon's last change is no find.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError

from gateways.amazon.fields import Fields
from gateways.amazon.notifications.notified_order import NotifiedOrder
from gateways.amazon.payload import ORDER_ID
from gateways.amazon.sp_api.client import AmazonClient, OrderSearch
from gateways.errors import CallFailedError, CallRefusedError, RateUsedUpError, UnreadableInputError
from ledger.ledger import Ledger
from ledger.orders.order_sweeps import OrderSweep
from ledger.unit_of_work import UnitOfWork
from pipeline.delayed_retry import backoff
from pipeline.liveness import Liveness
from schemas.amazon_sellers import AmazonSeller
from schemas.errors import RetryableError
from schemas.fields import Moment
from schemas.order import OrderKey
from schemas.store import Store
from workers.notification_receiver import store_of
from workers.process.retry import StoppedError, retry_until_stopped

log = structlog.get_logger(__name__)

FIRST = timedelta(days=1)
"""The first search of a seller begins so long ago; older orders are for a report or a backfill."""

SEARCH_LAG = timedelta(minutes=3)
"""A search ends so long ago: Amazon refuses an end within the last two minutes, by its own clock."""

OVERLAP = timedelta(minutes=10)
"""A search begins so long before the end of the last one."""

LEASE = timedelta(seconds=100)
"""Longer than a call to Amazon (60 s at most) and a confirmation (30 s) take. After a kill the next page waits as
long."""

IDLE = 1.0
RATE_PAUSE = timedelta(minutes=1)

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Moment)

Found = Mapping[OrderKey, tuple[datetime, datetime | None]]
"""Orders with the instant of their last change, and the date until which they have to be shipped."""


class OrderSweeper:
    """Searches the orders of one seller."""

    def __init__(
        self, ledger: Ledger, amazon: AmazonClient, seller: AmazonSeller, pause: timedelta, liveness: Liveness
    ) -> None:
        """Search with *amazon*, *seller*'s account, *pause* after each search; record changed orders in *ledger*."""
        self._ledger = ledger
        self._amazon = amazon
        self._seller = seller
        self._pause = pause
        self._liveness = liveness

    def run(self, stop: Event) -> None:
        """Search until *stop* is set."""
        try:
            while not stop.is_set():
                if not retry_until_stopped(self.turn, "search Amazon for changed orders", stop):
                    stop.wait(IDLE)
        except StoppedError as error:
            log.info("order sweeper stopped", reason=str(error))

    def turn(self) -> bool:
        """Ask for one page, if one is due; return whether that was done. Raises RetryableError."""
        with self._liveness.busy("order sweeper"):
            with self._ledger.begin() as work:
                stores = [store for store in work.stores.all() if self._seller.has(store)]
                if not stores:
                    return False
                sweep = work.order_sweeps.claim(self._seller.account, FIRST, SEARCH_LAG, LEASE)
            return sweep is not None and self._search(sweep, stores)

    def _search(self, sweep: OrderSweep, stores: Sequence[Store]) -> bool:
        marketplaces = sorted({store.marketplace_id for store in stores if store.marketplace_id})
        search = OrderSearch(sweep.swept_until - OVERLAP, sweep.search_until, marketplaces, sweep.page_token)
        try:
            page = self._amazon.search(search)
        except CallRefusedError as error:
            self._refused(sweep, error)
            return False
        except RateUsedUpError:
            self._postpone(sweep, RATE_PAUSE, sweep.attempts)
            return False
        except CallFailedError as error:
            self._postpone(sweep, backoff(sweep.attempts, error), sweep.attempts + 1)
            return False
        with self._ledger.begin() as work:
            missed = missed_orders(work, found_orders(page.orders, stores))
            work.changed_orders.put(missed)
            if page.next_token:
                work.order_sweeps.go_on(sweep, page.next_token)
            else:
                work.order_sweeps.finish(sweep, self._pause)
        log.info("changed orders searched", orders=len(page.orders), missed=len(missed), until=sweep.search_until)
        return True

    def _refused(self, sweep: OrderSweep, error: CallRefusedError) -> None:
        """Begin again where the token of a page is refused, which is valid for a day; else ask again later."""
        log.warning("search for changed orders refused", reason=error.sentence)
        if sweep.page_token is None:
            self._postpone(sweep, backoff(sweep.attempts, RetryableError("")), sweep.attempts + 1)
            return
        with self._ledger.begin() as work:
            work.order_sweeps.restart(sweep)

    def _postpone(self, sweep: OrderSweep, delay: timedelta, attempts: int) -> None:
        with self._ledger.begin() as work:
            work.order_sweeps.postpone(sweep, delay, attempts)


def missed_orders(work: UnitOfWork, orders: Found) -> dict[OrderKey, datetime | None]:
    """Return those of the orders that the ledger does not have as late as Amazon, with their ship dates."""
    recorded = work.orders.load(orders, lock=False)
    return {
        key: ship_by
        for key, (changed_at, ship_by) in orders.items()
        if key not in recorded or recorded[key].last_update_date < changed_at
    }


def found_orders(orders: Sequence[Mapping[str, Any]], stores: Sequence[Store]) -> Found:
    """Return the orders that belong to one of these stores, which are their seller's.

    An unreadable one is left out, with a line in the log.
    """
    of_stores = {}
    for document in orders:
        order = Fields(document)
        try:
            notified = _notified(order)
            store_id = store_of(notified, stores)
            changed_at = _INSTANT.validate_python(order.value("lastUpdatedTime"))
        except (UnreadableInputError, ValidationError) as error:
            log.warning("order of search skipped", reason=str(error).partition("\n")[0])
            continue
        if store_id is not None:
            of_stores[store_id, notified.amazon_order_id] = changed_at, notified.ship_by
    return of_stores


def _notified(order: Fields) -> NotifiedOrder:
    """Return an order of a search as if a notification were about it, whose seller is known by the account."""
    order_id = order.text("orderId")
    if order_id is None or not ORDER_ID.fullmatch(order_id):
        raise UnreadableInputError("Its orderId is missing, or is no id of an order.")
    ship_by = order.part("fulfillment").part("shipByWindow").value("latestDateTime")
    until = None if ship_by is None else _INSTANT.validate_python(ship_by)
    return NotifiedOrder("", order_id, order.part("salesChannel").text("marketplaceId"), until)
