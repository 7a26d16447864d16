"""Reads for the command line, the console and the clock, in one place. None of them locks or writes."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.dead_letters import queries as letter_queries
from ledger.dead_letters.filters import LetterFilter
from ledger.messages import delivery_audit, early_events
from ledger.messages.delivery_audit import DeliveryAudit
from ledger.orders import history
from ledger.orders import queries as order_queries
from ledger.orders.queries import OrderFilter, OrderPager, Page
from ledger.transaction import Transaction
from schemas.dead_letters import DeadLetter, EarlyEvent
from schemas.history import HistoryEntry
from schemas.message import Message
from schemas.order import Order, OrderKey


@dataclass(frozen=True, slots=True)
class Queries:
    """The reads of one transaction; what each promises stands at the function that it calls."""

    tx: Transaction

    def list_orders(self, wanted: OrderFilter | None = None, pager: OrderPager | None = None) -> Page:
        """Return one page of orders."""
        return order_queries.page_of(self.tx.connection, wanted or OrderFilter(), pager or OrderPager())

    def all_orders(self, wanted: OrderFilter, pager: OrderPager) -> Iterator[Order]:
        """Yield the orders of all pages, as they are at one instant."""
        return order_queries.all_of(self.tx.connection, wanted, pager)

    def find_order(self, amazon_order_id: str, store_id: str | None = None) -> Order | None:
        """Return an order, if it is recorded. Raises AmbiguousOrderError."""
        return order_queries.find(self.tx.connection, amazon_order_id, store_id)

    def history(self, key: OrderKey) -> list[HistoryEntry]:
        """Return an order's history, oldest first."""
        return history.history(self.tx, key)

    def letters(self, wanted: LetterFilter | None = None, limit: int = 100) -> list[DeadLetter]:
        """Return dead letters, the latest first."""
        return letter_queries.list_letters(self.tx, wanted or LetterFilter(), limit)

    def count_letters(self, wanted: LetterFilter, limit: int) -> int:
        """Return how many dead letters pass the filter, counted up to *most*."""
        return letter_queries.count(self.tx, wanted, limit)

    def early_events(self, amazon_order_id: str, store_id: str | None = None) -> list[EarlyEvent]:
        """Return the events that wait for an order to be placed, the oldest first."""
        return early_events.of_order(self.tx, amazon_order_id, store_id)

    def letter(self, beginning: str) -> DeadLetter:
        """Return the dead letter whose id begins so. Raises UnknownLetterError, AmbiguousLetterError."""
        return letter_queries.by_prefix(self.tx, beginning)

    def letters_by_id(self, ids: Collection[str]) -> dict[str, DeadLetter]:
        """Return dead letters by their whole ids."""
        return letter_queries.by_id(self.tx, ids)

    def letter_messages(self, ids: Collection[str]) -> dict[str, Message]:
        """Return the messages in dead letters by their ids. Raises LetterBodyGoneError, CipherError."""
        return letter_queries.messages(self.tx, ids)

    def letter_message(self, letter_id: str) -> Message:
        """Return the message in a dead letter. Raises UnknownLetterError, LetterBodyGoneError, CipherError."""
        return letter_queries.message(self.tx, letter_id)

    def blocked_stores(self) -> list[str]:
        """Return the names of the stores that have blocked orders."""
        return order_queries.blocked_stores(self.tx.connection)

    def blocked(self, after: OrderKey | None, limit: int) -> list[Order]:
        """Return blocked orders behind *after*, in key order."""
        return order_queries.blocked(self.tx.connection, after, limit)

    def completable(self, after: OrderKey | None, limit: int) -> list[Order]:
        """Return imported and shipped orders behind *after*, in key order."""
        return order_queries.completable(self.tx.connection, after, limit)

    def orders_behind(self, wanted: OrderFilter, after: OrderKey | None, limit: int) -> list[Order]:
        """Return orders behind *after*, in key order, that pass the filter."""
        return order_queries.behind(self.tx.connection, wanted, after, limit)

    def stale(self, pending_before: datetime, after: OrderKey | None, limit: int) -> list[Order]:
        """Return orders behind *after*, in key order, that are pending since before this instant."""
        return order_queries.stale(self.tx.connection, pending_before, after, limit)

    def audit(self, consumers: Mapping[str, str]) -> DeliveryAudit:
        """Compare everything said to consumers with everything they handled."""
        return delivery_audit.audit(self.tx, consumers)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the numbers of orders by `status` and by `import_state`."""
        return order_queries.counts(self.tx.connection)
