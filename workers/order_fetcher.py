"""The order fetcher: asks Amazon for changed orders, and publishes its answers.

One order at a time: Amazon grants a seller one `getOrder` in two seconds after a burst. Several processes share the
changed orders and the rate.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from threading import Event
from typing import Any

import structlog

from events.bus import Bus
from gateways.amazon.sp_api.client import AmazonClient
from gateways.errors import CallFailedError, CallRefusedError, RateUsedUpError
from ledger.ledger import Ledger
from ledger.orders.changed_orders import ChangedOrder
from pipeline.delayed_retry import backoff
from pipeline.liveness import Liveness
from schemas.amazon_sellers import AmazonSeller
from schemas.errors import RetryableError
from workers.consumer import CONFIRM_TIMEOUT
from workers.intake_letters import save_unusable_order
from workers.order_events import order_event
from workers.process.retry import StoppedError, retry_until_stopped

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=100)
"""Longer than a call to Amazon (60 s at most) and a confirmation (30 s) take: two live processes never ask for the same
order. The changed order that a killed process had claimed waits as long."""

IDLE = 0.5
"""Seconds between two looks while no order has changed, or other processes use up Amazon's rate."""

TRIES = 5
"""Times that Amazon is asked for an order that it refuses to return: a new one may not be found at once.

Four minutes.
"""


class OrderFetcher:
    """Fetches the changed orders of one seller."""

    def __init__(
        self,
        ledger: Ledger,
        bus: Bus,
        amazon: AmazonClient,
        seller: AmazonSeller,
        included: Sequence[str],
        liveness: Liveness,
        changed: Event | None = None,
    ) -> None:
        """Ask *amazon*, the account of *seller*, for the data sets *included*, and publish on *bus*.

        *changed* is set when this process has recorded a changed order; those of others are found within IDLE.
        """
        self._changed = changed or Event()
        self._ledger = ledger
        self._bus = bus
        self._amazon = amazon
        self._seller = seller
        self._included = included
        self._liveness = liveness

    def run(self, stop: Event) -> None:
        """Fetch until *stop* is set. While every call fails, one order after the other is tried with growing delay."""
        try:
            while not stop.is_set():
                self._changed.clear()
                if not retry_until_stopped(self.turn, "fetch changed orders from Amazon", stop):
                    self._changed.wait(IDLE)
        except StoppedError as error:
            log.info("order fetcher stopped", reason=str(error))

    def turn(self) -> bool:
        """Fetch and publish one changed order; return whether there was one, and the rate for it.

        Raises RetryableError.
        """
        with self._liveness.busy("order fetcher"):
            with self._ledger.begin() as work:
                own = [store.store_id for store in work.stores.all() if self._seller.has(store)]
                order = work.changed_orders.claim(own, LEASE)
            return order is not None and self._fetch(order)

    def _fetch(self, order: ChangedOrder) -> bool:
        try:
            self._publish(order, self._amazon.order(order.key, self._included))
        except CallRefusedError as error:
            self._refused(order, error)
        except CallFailedError as error:
            self._postpone(order, backoff(order.attempts, error), order.attempts + 1)
            raise
        except RateUsedUpError:
            self._postpone(order, timedelta(0), order.attempts)
            return False
        except RetryableError:  # the broker or the ledger is away: no failure of this order
            self._postpone(order, timedelta(0), order.attempts)
            raise
        return True

    def _publish(self, order: ChangedOrder, document: Mapping[str, Any]) -> None:
        """Publish the order; it is no changed order any longer once the broker has confirmed."""
        event = order_event(document, order.key)
        if isinstance(event, str):
            return self._done(order, document, reason=event)
        if event is not None:
            self._bus.publish([event]).wait(CONFIRM_TIMEOUT)
        return self._done(order)

    def _refused(self, order: ChangedOrder, error: CallRefusedError) -> None:
        if order.attempts + 1 < TRIES:
            self._postpone(order, backoff(order.attempts, RetryableError("")), order.attempts + 1)
        else:
            unknown = {"store_id": order.key[0], "orderId": order.key[1]}
            self._done(order, unknown, f"Amazon notified Crossdock of the order and does not return it. {error}")

    def _done(self, order: ChangedOrder, document: Mapping[str, Any] | None = None, reason: str = "") -> None:
        """Remove an order, with a dead letter where it has become no event."""
        with self._ledger.begin() as work:
            if document is not None:
                save_unusable_order(work, order.key, document, reason)
            work.changed_orders.remove(order)

    def _postpone(self, order: ChangedOrder, delay: timedelta, attempts: int) -> None:
        with self._ledger.begin() as work:
            work.changed_orders.postpone(order, delay, attempts)
