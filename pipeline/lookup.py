"""Looking up a batch in the ledger: which events are repeats, and the orders, stores, personal data and matches."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from events.envelope import Event
from handlers.decision import Decision, Handler, OrderContext
from ledger.unit_of_work import UnitOfWork
from pipeline.parsing import accepts_redelivery
from schemas.history import InboxEntry
from schemas.message import Message
from schemas.order import Order, OrderKey
from schemas.payloads import AmazonReport
from schemas.personal import PersonalData
from schemas.store import Store, unknown_store


@dataclass(frozen=True, slots=True)
class BatchState:
    """The ledger's state for a batch, as it was looked up.

    `events` are to be decided; `repeats` were handled before, each with its inbox row. `matches` maps store and seller
    SKU to the product matched by hand.
    """

    stores: Mapping[str, Store]
    orders: Mapping[OrderKey, Order]
    personal: Mapping[OrderKey, PersonalData] = field(default_factory=dict)
    events: Sequence[Event] = ()
    repeats: Sequence[tuple[Event, InboxEntry]] = ()
    matches: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of_orders(
        cls, work: UnitOfWork, orders: Mapping[OrderKey, Order], personal: Mapping[OrderKey, PersonalData] | None = None
    ) -> Self:
        """Return the state of orders that an operator acts on, without a message."""
        return cls(work.stores.load({store_id for store_id, _ in orders}), orders, personal or {})

    @property
    def earlier_follow_ups(self) -> list[Message]:
        """The follow-ups of the repeats, which may not have been published."""
        return [message for _, handled in self.repeats for message in handled.follow_ups]

    def context_of(self, event: Event) -> OrderContext:
        """Return the part of the state that an event's handler is given."""
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
        """Return a store, with default settings if it is unknown."""
        return self.stores.get(store_id) or unknown_store(store_id)

    def _matches(self, order: Order) -> dict[str, str]:
        pairs = {line.seller_sku: self.matches.get((order.store_id, line.seller_sku)) for line in order.lines}
        return {seller_sku: sku for seller_sku, sku in pairs.items() if sku}


class RunningState:
    """A batch's state while its events are decided in turn: each sees the decisions of those before it."""

    def __init__(self, state: BatchState) -> None:
        """Start from the state that was looked up, which stays as it is."""
        self._orders = dict(state.orders)
        self._personal = dict(state.personal)
        self._state = replace(state, orders=self._orders, personal=self._personal)

    def context_of(self, event: Event) -> OrderContext:
        """Return the part of the state that an event's handler is given."""
        return self._state.context_of(event)

    def apply(self, key: OrderKey | None, decision: Decision) -> None:
        """Let the events after this one see its decision."""
        if key and decision.order:
            self._orders[key] = decision.order
        if key and decision.personal:
            self._personal[key] = decision.personal


def look_up_batch(
    work: UnitOfWork, consumer: str, handler: Handler, events: Sequence[Event], *, lock: bool
) -> BatchState:
    """Look up a batch in a constant number of statements. *lock* locks the orders until the commit."""
    found = work.look_up(consumer, [(event.key, event.order) for event in events], lock)
    repeats = [(event, row) for event in events if (row := found.handled.get(event.key)) and not _accepts(event, row)]
    repeated = {event.key for event, _ in repeats}
    fresh = [event for event in events if event.key not in repeated]
    return BatchState(
        events=fresh,
        repeats=repeats,
        stores=found.stores,
        orders=found.orders,
        personal=work.vault.load(_orders_with_personal_data(handler, fresh)),
        matches=_matches(work, handler, found.orders.values()),
    )


def _accepts(event: Event, handled: InboxEntry) -> bool:
    return accepts_redelivery(handled, event.message.epoch)


def _orders_with_personal_data(handler: Handler, events: Sequence[Event]) -> set[OrderKey]:
    """Return the orders whose vault must be read: the event has personal data, or the handler asks with it."""
    if not handler.reads_personal:
        return set()
    return {key for event in events if (key := event.order) and (handler.ask or _has_personal_data(event))}


def _has_personal_data(event: Event) -> bool:
    payload = event.payload
    return isinstance(payload, AmazonReport) and bool(payload.buyer or payload.shipping_address)


def _matches(work: UnitOfWork, handler: Handler, orders: Collection[Order]) -> dict[tuple[str, str], str]:
    if handler.ask is None:
        return {}
    return work.matches.load({(order.store_id, line.seller_sku) for order in orders for line in order.lines})
