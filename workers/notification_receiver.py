"""The notification receiver: empties the queue of Amazon's notifications into the ledger's changed orders.

A notification is deleted from the queue once its order is recorded as changed. It is not kept in the queue until Amazon
was asked: 10,000 notifications take Amazon's rates more than five hours, in which each would be received over and over,
and moved to the queue's dead-letter queue at last. In the ledger the notifications of one order are one question, all
that are known decide the sequence of questions, and other processes share them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Event

import structlog

from gateways.amazon.marketplaces import is_same_marketplace
from gateways.amazon.notifications.notified_order import NotifiedOrder, read_notified_order
from gateways.amazon.notifications.sqs import NotificationQueue, QueuedMessage
from gateways.errors import UnreadableInputError
from ledger.ledger import Ledger
from operations.read_only import ReadOnlyGuard
from pipeline.liveness import Liveness
from schemas.amazon_sellers import AmazonSeller
from schemas.order import OrderKey
from schemas.store import Store
from workers.intake_letters import save_unreadable
from workers.process.retry import StoppedError, retry_until_stopped

log = structlog.get_logger(__name__)


WITHHELD_PAUSE = 5.0
"""Seconds between two looks whether read-only mode is still on."""


class NotificationReceiver:
    """Receives the notifications of one queue, which several sellers may share."""

    def __init__(
        self,
        ledger: Ledger,
        queue: NotificationQueue,
        sellers: Sequence[AmazonSeller],
        liveness: Liveness,
        guard: ReadOnlyGuard | None = None,
        changed: Mapping[str, Event] | None = None,
    ) -> None:
        """Record in *ledger* which orders of the sellers changed, unless *guard* has read-only mode on.

        *changed* are set then, for the order fetchers of this process, by the names of their sellers.
        """
        self._fetcher_wakes = changed or {}
        self._guard = guard
        self._ledger = ledger
        self._queue = queue
        self._sellers = sellers
        self._liveness = liveness

    def run(self, stop: Event) -> None:
        """Receive until *stop* is set."""
        try:
            while not stop.is_set():
                if retry_until_stopped(self._may_receive, "look whether notifications may be received", stop):
                    retry_until_stopped(self.turn, "receive Amazon's notifications", stop)
                else:
                    stop.wait(WITHHELD_PAUSE)
        except StoppedError as error:
            log.info("notification receiver stopped", reason=str(error))
        finally:
            self.close()

    def _may_receive(self) -> bool:
        """Whether this is no copy: messages that a copy receives and deletes, the original never gets."""
        return self._guard is None or not self._guard.is_on()

    def turn(self) -> int:
        """Receive one batch, and return the number of its messages. Raises RetryableError."""
        with self._liveness.busy("notification receiver"):
            messages = self._queue.receive()
            if messages:
                self._record(messages)
                for wake in self._fetcher_wakes.values():
                    wake.set()
                self._queue.delete(messages)
            return len(messages)

    def close(self) -> None:
        """Close the connections to the queue."""
        self._queue.close()

    def _record(self, messages: Sequence[QueuedMessage]) -> None:
        with self._ledger.begin() as work:
            stores = work.stores.all()
            changed: dict[OrderKey, datetime | None] = {}
            for message in messages:
                try:
                    changed |= self._changed(read_notified_order(message.body), stores)
                except UnreadableInputError as error:
                    save_unreadable(work, message.body, str(error))
            work.changed_orders.put(changed)

    def _changed(self, notified: NotifiedOrder | None, stores: Sequence[Store]) -> dict[OrderKey, datetime | None]:
        """Return the order that a notification is about, with its ship date; none where it concerns no store."""
        if notified is None:
            log.info("notification of other type skipped")
            return {}
        sellers = [seller for seller in self._sellers if seller.amazon_seller_id == notified.seller_id]
        if not sellers:
            raise UnreadableInputError(
                f"Order {notified.amazon_order_id}: the notification is for another seller than those whose queue this"
                " is; CROSSDOCK_AMAZON_SELLERS lists several."
            )
        store_id = store_of(notified, [store for store in stores if any(seller.has(store) for seller in sellers)])
        if store_id is None:
            log.warning("notification of unknown marketplace skipped", marketplace=notified.marketplace_id)
            return {}
        return {(store_id, notified.amazon_order_id): notified.ship_by}


def store_of(notified: NotifiedOrder, stores: Sequence[Store]) -> str | None:
    """Return the store of the notification's marketplace, of the *stores* of its seller.

    An only store without a marketplace takes all orders.
    """
    if len(stores) == 1 and (stores[0].marketplace_id is None or notified.marketplace_id is None):
        return stores[0].store_id
    if notified.marketplace_id is None:
        raise UnreadableInputError(f"Order {notified.amazon_order_id}: its MarketplaceId is missing.")
    store_ids = [
        store.store_id
        for store in stores
        if store.marketplace_id and is_same_marketplace(store.marketplace_id, notified.marketplace_id)
    ]
    if len(store_ids) > 1:
        several = " and ".join(store_ids)
        raise UnreadableInputError(
            f"Order {notified.amazon_order_id}: {several} have its marketplace; which is its store?"
        )
    return store_ids[0] if store_ids else None
