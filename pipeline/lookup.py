"""Looking up what the ledger knows about a batch: what is done already, and the orders, stores and the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from events.envelope import Event
from handlers.decision import Handler, OrderContext
from ledger.unit_of_work import UnitOfWork
from pipeline.parsing import accepts_redelivery
from schemas.history import InboxEntry
from schemas.message import Message
from schemas.order import Order, OrderKey
from schemas.payloads import AmazonReport
from schemas.personal import PersonalData
from schemas.store import Store, unknown_store


@dataclass(slots=True)
class BatchState:
    """What is known about a batch. `orders` and `personal` follow the decisions as they are taken, in turn.

    `repeats` are events that were handled before, each with what became of it.
    """

    events: list[Event]
    repeats: list[tuple[Event, InboxEntry]]
    stores: dict[str, Store]
    orders: dict[OrderKey, Order]
    personal: dict[OrderKey, PersonalData]
    matches: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def earlier_follow_ups(self) -> list[Message]:
        """What followed from the repeats, and may not have been heard."""
        return [message for _, handled in self.repeats for message in handled.follow_ups]

    def context_of(self, event: Event) -> OrderContext:
        """Return what is known for one event."""
        key = event.order
        if key is None:
            return OrderContext(store=unknown_store("-"))
        order = self.orders.get(key)
        return OrderContext(
            store=self.store(key[0]),
            order=order,
            personal=self.personal.get(key),
            matches=self._matches(order) if self.matches and order else {},
        )

    def store(self, store_id: str) -> Store:
        """Return a store, known or not."""
        return self.stores.get(store_id) or unknown_store(store_id)

    def _matches(self, order: Order) -> dict[str, str]:
        pairs = {line.seller_sku: self.matches.get((order.store_id, line.seller_sku)) for line in order.lines}
        return {seller_sku: sku for seller_sku, sku in pairs.items() if sku}


def look_up_batch(
    work: UnitOfWork, consumer: str, handler: Handler, events: Sequence[Event], *, lock: bool
) -> BatchState:
    """Look up a batch in a number of statements that does not grow with it. *lock* holds the orders till the commit."""
    found = work.look_up(consumer, [(event.key, event.order) for event in events], lock)
    repeats = [(event, row) for event in events if (row := found.handled.get(event.key)) and not _passes(event, row)]
    repeated = {event.key for event, _ in repeats}
    fresh = [event for event in events if event.key not in repeated]
    return BatchState(
        events=fresh,
        repeats=repeats,
        stores=found.stores,
        orders=found.orders,
        personal=work.vault.load(_with_personal_data(handler, fresh)),
        matches=_matches(work, handler, found.orders),
    )


def _passes(event: Event, handled: InboxEntry) -> bool:
    return accepts_redelivery(handled, event.message.epoch)


def _with_personal_data(handler: Handler, events: Sequence[Event]) -> set[OrderKey]:
    """Return the orders whose vault must be read: their event tells personal data, or their handler asks with it."""
    if not handler.reads_personal:
        return set()
    return {key for event in events if (key := event.order) and (handler.ask or _tells(event))}


def _tells(event: Event) -> bool:
    payload = event.payload
    return isinstance(payload, AmazonReport) and bool(payload.buyer or payload.shipping_address)


def _matches(work: UnitOfWork, handler: Handler, orders: dict[OrderKey, Order]) -> dict[tuple[str, str], str]:
    if handler.ask is None:
        return {}
    return work.matches.load({(order.store_id, line.seller_sku) for order in orders.values() for line in order.lines})
