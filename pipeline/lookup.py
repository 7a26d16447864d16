"""Looking up a batch in the ledger: which events are repeats, and the orders, stores, personal data and matches."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Self

from events.envelope import Event
from handlers.decision import Decision, Handler, OrderContext
from ledger.unit_of_work import UnitOfWork
from pipeline.header_bounds import header_fault, without_counters
from pipeline.parsing import accepts_redelivery
from pipeline.personal_data import prepare
from pipeline.publishers import NOBODY, BoundPublishers, out_of_bounds
from pipeline.refusals import refusal
from pipeline.reused_ids import has_other_contents
from schemas.history import InboxEntry
from schemas.message import Message
from schemas.order import Order, OrderKey
from schemas.payloads import AmazonReport
from schemas.personal import PersonalData
from schemas.store import Store, unknown_store


@dataclass(frozen=True, slots=True)
class BatchState:
    """The ledger's state for a batch, as it was looked up.

    `events` are to be decided, those in `refusals` without their handler; `repeats` were handled before, each with its
    inbox row. `reused` have the id of an earlier event and other contents, each with that digest. `matches` maps
    store and seller SKU to the product matched by hand. `unknown_stores` are stores that events name and that must be
    added first.
    """

    stores: Mapping[str, Store]
    orders: Mapping[OrderKey, Order]
    personal: Mapping[OrderKey, PersonalData] = field(default_factory=dict)
    events: Sequence[Event] = ()
    refusals: Mapping[bytes, str] = field(default_factory=dict)
    repeats: Sequence[tuple[Event, InboxEntry]] = ()
    reused: Sequence[tuple[Event, bytes | None]] = ()
    matches: Mapping[tuple[str, str], str] = field(default_factory=dict)
    unknown_stores: frozenset[str] = frozenset()

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
    work: UnitOfWork,
    consumer: str,
    handler: Handler,
    events: Sequence[Event],
    bound: BoundPublishers = NOBODY,
    *,
    lock: bool,
) -> BatchState:
    """Look up a batch in a constant number of statements. *lock* locks the orders until the commit.

    Events that are out of the bounds of their publishers, *bound*, are refused.
    """
    looked_up = work.look_up(consumer, [(event.key, event.order) for event in events], lock)
    by_inbox = _sort_by_inbox(events, looked_up.handled)
    fresh, reasons = prepare(work, by_inbox.fresh, looked_up.orders) if handler.reads_personal else (by_inbox.fresh, {})
    return BatchState(
        events=fresh,
        refusals=reasons | _refusals(by_inbox, looked_up.stores, work.now, bound),
        repeats=by_inbox.repeats,
        reused=by_inbox.reused,
        stores=looked_up.stores,
        orders=looked_up.orders,
        personal=work.vault.load(_orders_with_personal_data(handler, fresh)),
        matches=_matches(work, handler, looked_up.orders.values()),
        unknown_stores=looked_up.unknown_stores,
    )


class _SortedEvents(NamedTuple):
    """The events of a batch by their rows in the inbox; `reused` have the digest of the event that came first."""

    fresh: list[Event]
    repeats: list[tuple[Event, InboxEntry]]
    reused: list[tuple[Event, bytes | None]]
    header_faults: dict[bytes, str]


def _sort_by_inbox(events: Sequence[Event], handled: Mapping[bytes, InboxEntry]) -> _SortedEvents:
    """Sort the events of a batch. Of two that use one id for other contents, the first is fresh."""
    by_inbox = _SortedEvents([], [], [], {})
    digests: dict[bytes, bytes | None] = {key: row.digest for key, row in handled.items() if row.digest}
    for received in events:
        row = handled.get(received.key)
        event, fault = _with_believed_headers(received, row)
        if fault:
            by_inbox.header_faults[event.key] = fault
        first = digests.setdefault(event.key, event.digest)
        if has_other_contents(event.digest, first):
            by_inbox.reused.append((event, first))
        elif row and not accepts_redelivery(row, event.message.epoch):
            by_inbox.repeats.append((event, row))
        else:
            by_inbox.fresh.append(event)
    return by_inbox


def _with_believed_headers(event: Event, row: InboxEntry | None) -> tuple[Event, str | None]:
    """Return the event, and why headers were removed from it if they were."""
    fault = header_fault(event.message, row.epoch if row else 0)
    return (event._replace(message=without_counters(event.message)) if fault else event), fault


def _refusals(
    by_inbox: _SortedEvents, stores: Mapping[str, Store], now: datetime, bound: BoundPublishers
) -> dict[bytes, str]:
    """Return why events are not to be handled, by their keys."""
    reasons = (
        (
            event.key,
            by_inbox.header_faults.get(event.key)
            or out_of_bounds(event, bound)
            or refusal(event, _store_of(event, stores), now),
        )
        for event in by_inbox.fresh
    )
    return {key: reason for key, reason in reasons if reason}


def _store_of(event: Event, stores: Mapping[str, Store]) -> Store | None:
    return stores.get(event.order[0]) if event.order else None


def _orders_with_personal_data(handler: Handler, events: Sequence[Event]) -> set[OrderKey]:
    """Return the orders whose vault must be read: the event has personal data, or the handler asks with it."""
    if not handler.reads_personal:
        return set()
    return {key for event in events if (key := event.order) and (handler.ask or _has_personal_data(event))}


def _has_personal_data(event: Event) -> bool:
    payload = event.payload
    return isinstance(payload, AmazonReport) and payload.has_personal_data


def _matches(work: UnitOfWork, handler: Handler, orders: Collection[Order]) -> dict[tuple[str, str], str]:
    if handler.ask is None:
        return {}
    return work.matches.load({(order.store_id, line.seller_sku) for order in orders for line in order.lines})
