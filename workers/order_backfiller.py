"""The order backfiller: carries backfills out, which publish the orders of a span of time page by page.

A page of a search has the orders with all their data, so a hundred orders are one call. Backfills use the part of
Amazon's rate that the search for changed orders leaves. A page is recorded as read after the broker has confirmed its
events: a process that is killed in between has the page read again, and its events have the same ids.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

import structlog

from events.bus import Bus
from gateways.amazon.sp_api.client import AmazonClient, OrderSearch, SearchPage
from gateways.errors import CallFailedError, CallRefusedError, RateUsedUpError
from ledger.ledger import Ledger
from operations.backfills import SPARE_TOKENS
from pipeline.delayed_retry import backoff
from pipeline.liveness import Liveness
from schemas.amazon_sellers import AmazonSeller
from schemas.backfills import Backfill, BackfillState
from schemas.errors import RetryableError
from schemas.message import Message
from schemas.order import OrderKey
from schemas.store import Store
from workers.backfill_windows import page_read, reason_now, window_begun, window_restarted
from workers.consumer import CONFIRM_TIMEOUT
from workers.intake_letters import save_unusable_order
from workers.order_events import order_event
from workers.order_sweeper import LEASE, RATE_PAUSE, found_orders, missed_orders
from workers.process.retry import StoppedError, retry_until_stopped

log = structlog.get_logger(__name__)

IDLE = 1.0

TRIES = 3
"""Times that Amazon refuses the token of a page until the backfill is paused."""


class OrderBackfiller:
    """Carries out the backfills of one seller; any number of processes share them."""

    def __init__(
        self,
        ledger: Ledger,
        bus: Bus,
        amazon: AmazonClient,
        seller: AmazonSeller,
        included: Sequence[str],
        liveness: Liveness,
    ) -> None:
        """Search with *amazon*, the account of *seller*, for orders with the data sets *included*; publish on *bus*."""
        self._ledger = ledger
        self._bus = bus
        self._amazon = amazon
        self._seller = seller
        self._included = included
        self._liveness = liveness

    def run(self, stop: Event) -> None:
        """Carry backfills out until *stop* is set."""
        try:
            while not stop.is_set():
                if not retry_until_stopped(self.turn, "search Amazon for orders of the past", stop):
                    stop.wait(IDLE)
        except StoppedError as error:
            log.info("order backfiller stopped", reason=str(error))

    def turn(self) -> bool:
        """Read and publish one page, if one is due; return whether that was done. Raises RetryableError."""
        with self._liveness.busy("order backfiller"):
            with self._ledger.begin() as work:
                claimed = work.backfills.claim(self._seller.account, LEASE)
                if claimed is None:
                    return False
                backfill = window_begun(claimed)
                work.backfills.save(backfill, LEASE)
                own = [store for store in work.stores.all() if self._seller.has(store)]
                stores = [store for store in own if backfill.store_id in (None, store.store_id)]
            if not stores:
                self._pause(backfill, f"No store to be searched belongs to {self._seller.label}.")
                return False
            return self._search(backfill, stores)

    def _search(self, backfill: Backfill, stores: Sequence[Store]) -> bool:
        try:
            page = self._amazon.search(self._page_of(backfill, stores))
            published = self._publish(page, stores)
        except CallRefusedError as error:
            self._refused(backfill, error)
            return False
        except RateUsedUpError:
            self._postpone(backfill, RATE_PAUSE, backfill.attempts, backfill.reason)
            return False
        except CallFailedError as error:
            self._postpone(backfill, backoff(backfill.attempts, error), backfill.attempts + 1, str(error))
            return False
        except RetryableError as error:  # the broker or the ledger is away: the page is read again
            self._postpone(backfill, timedelta(0), backfill.attempts, str(error))
            raise
        now = self._ledger.now()
        self._change(backfill, lambda current: page_read(current, len(page.orders), published, page.next_token, now))
        log.info("backfill page published", backfill=backfill.id, orders=len(page.orders), published=published)
        return True

    def _page_of(self, backfill: Backfill, stores: Sequence[Store]) -> OrderSearch:
        return OrderSearch(
            backfill.searched_until,
            backfill.window_until,
            sorted({store.marketplace_id for store in stores if store.marketplace_id}),
            backfill.page_token,
            by_creation=True,
            included=self._included,
            spare=SPARE_TOKENS,
        )

    def _publish(self, page: SearchPage, stores: Sequence[Store]) -> int:
        """Publish those of the orders that the ledger does not have as late; return how many."""
        orders = found_orders(page.orders, stores)
        with self._ledger.read() as work:
            missed = missed_orders(work, orders)
        by_id: dict[str, Mapping[str, Any]] = {str(document.get("orderId")): document for document in page.orders}
        results = {key: order_event(by_id[key[1]], key) for key in missed}
        events = [event for event in results.values() if isinstance(event, Message)]
        if events:
            self._bus.publish(events).wait(CONFIRM_TIMEOUT)
        unusable = {key: reason for key, reason in results.items() if isinstance(reason, str)}
        self._save_unusable(unusable, by_id)
        return len(events)

    def _save_unusable(self, reasons: Mapping[OrderKey, str], by_id: Mapping[str, Mapping[str, Any]]) -> None:
        if reasons:
            with self._ledger.begin() as work:
                for key, reason in reasons.items():
                    save_unusable_order(work, key, by_id[key[1]], reason)

    def _refused(self, backfill: Backfill, error: CallRefusedError) -> None:
        """Begin the window again where the token of its page is refused; else wait for a person."""
        log.warning("backfill search refused", backfill=backfill.id, reason=error.sentence)
        if backfill.page_token is not None and backfill.attempts + 1 < TRIES:
            self._change(backfill, window_restarted)
        else:
            self._pause(backfill, str(error))

    def _pause(self, backfill: Backfill, reason: str) -> None:
        self._change(backfill, lambda now: replace(now, state=BackfillState.PAUSED, reason=reason, attempts=0))

    def _postpone(self, backfill: Backfill, delay: timedelta, attempts: int, reason: str) -> None:
        self._change(backfill, lambda now: replace(now, attempts=attempts, reason=reason_now(now, reason)), delay)

    def _change(
        self, backfill: Backfill, change: Callable[[Backfill], Backfill], delay: timedelta = timedelta(0)
    ) -> None:
        """Change a backfill as it is now, which a person may have paused; not if another process read its page."""
        with self._ledger.begin() as work:
            current = work.backfills.lock(backfill.id)
            if (current.searched_until, current.pages) == (backfill.searched_until, backfill.pages):
                work.backfills.save(change(current), delay)
