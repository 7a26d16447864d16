"""A small model of the whole: events go through HANDLERS as the step lets them, with both ends simulated.

There is no ledger, no bus and no inbox: every repetition reaches its handler, more than a worker would let through.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import dataclass, field

from gateways.simulator.gateways import SimulatedGateways
from gateways.simulator.records import Document, DocumentTransaction
from gateways.simulator.shop_orders import ShopOrder
from handlers import HANDLERS
from handlers.decision import Decision, OrderContext
from handlers.rules.incomplete_parcels import incomplete_parcels
from handlers.rules.order_state import outstanding
from schemas.errors import RetryableError
from schemas.gateway_requests import Answer
from schemas.order import Order, OrderKey, ParcelItem
from schemas.payloads import (
    CatalogChanged,
    CommerceShipped,
    CompletionRequested,
    ImportRequested,
    OrderPayload,
    Payload,
)
from schemas.personal import PersonalData
from schemas.product import Product
from schemas.store import Store
from tests.builders import START, a_store

Choose = Callable[[int], int]
"""Picks one of so many."""

MANY = 1000


def first(_: int) -> int:
    """Pick the first: deliver in order."""
    return 0


def _key(event: Payload) -> OrderKey:
    assert isinstance(event, OrderPayload)
    return event.store_id, event.amazon_order_id


class MemoryRecords:
    """The simulated ends' documents, in a dictionary."""

    def __init__(self) -> None:
        """Begin empty."""
        self._documents: dict[tuple[str, str], Document] = {}

    def begin(self) -> AbstractContextManager[DocumentTransaction]:
        """Begin a transaction; nothing here fails in the middle, so nothing is undone."""
        return nullcontext(self)

    def get_many(self, kind: str, keys: Collection[str], lock: bool = True) -> dict[str, Document]:
        """Return those of the documents that exist."""
        return {key: deepcopy(self._documents[kind, key]) for key in keys if (kind, key) in self._documents}

    def put_many(self, kind: str, documents: Mapping[str, Document]) -> None:
        """Write documents."""
        self._documents |= {(kind, key): deepcopy(document) for key, document in documents.items()}

    def list(self, kind: str, after: str = "", most: int = 1000) -> list[tuple[str, Document]]:
        """Return documents in the order of their keys."""
        found = sorted(key for there, key in self._documents if there == kind and key > after)[:most]
        return [(key, deepcopy(self._documents[kind, key])) for key in found]


@dataclass
class World:
    """What is remembered, what is under way, and what came of it."""

    store: Store = field(default_factory=a_store)
    orders: dict[OrderKey, Order] = field(default_factory=dict)
    personal: dict[OrderKey, PersonalData] = field(default_factory=dict)
    matches: dict[str, str] = field(default_factory=dict)
    early: list[Payload] = field(default_factory=list)
    queue: list[Payload] = field(default_factory=list)
    said: list[Payload] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    unanswered: set[OrderKey] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Open the simulated ends."""
        records = MemoryRecords()
        self.outside = SimulatedGateways(records, lambda: START)

    def stock(self, *products: Product) -> None:
        """Put products into the catalog, and say so."""
        self.outside.commerce.catalog.save(products)
        self.queue += [CatalogChanged(sku=product.sku, asin=product.asin) for product in products]

    def tell(self, *events: Payload, choose: Choose = first) -> None:
        """Deliver events one by one in the order given, and what follows, in the order chosen, until all is quiet."""
        for event in events:
            self.queue.append(event)
            self.settle(choose)

    def settle(self, choose: Choose = first) -> None:
        """Deliver whatever is under way, and what follows from it; an event may be handled while another one asks."""
        for _ in range(MANY):
            if not self.queue:
                return
            event = self.queue.pop(choose(len(self.queue)))
            overtakes = self.queue and choose(2)
            self.deliver(event, [self.queue.pop(choose(len(self.queue)))] if overtakes else [])
        raise AssertionError(f"No end in sight: {self.said[-10:]}")

    def deliver(self, event: Payload, meanwhile: Sequence[Payload] = ()) -> None:
        """Handle an event. While its questions are asked outside, the events in *meanwhile* are handled."""
        handler = HANDLERS[type(event)]
        known = self.known(event)
        answers: tuple[Answer, ...] = ()
        while handler.ask and (request := handler.ask(known, event, answers)):
            (answer,) = self.outside.perform([request])
            assert not isinstance(answer, RetryableError)
            answers += (answer,)
        for other in meanwhile:
            self.deliver(other)
        if handler.ask and self.known(event).order != known.order:
            # An answer counts only for the order as it was when it was asked about.
            self.deliver(event)
        else:
            self._write(event, handler.decide(self.known(event), event, answers))

    def known(self, event: Payload) -> OrderContext:
        """Return what is known when an event comes."""
        if not isinstance(event, OrderPayload):
            return OrderContext(store=self.store)
        key = _key(event)
        return OrderContext(self.store, self.orders.get(key), self.personal.get(key), self.matches)

    def _write(self, event: Payload, decision: Decision) -> None:
        if decision.defer:
            self.early.append(event)
        if decision.rejection and not isinstance(event, CommerceShipped):
            self.refused.append(decision.rejection)
        if decision.note:
            self.history.append(decision.note)
        if decision.order:
            self._write_order(decision.order, silent=decision.suppress_reminder)
        if decision.personal:
            self.personal[_key(event)] = decision.personal
        self.said += decision.follow_ups
        self.queue += [payload for payload in decision.follow_ups if type(payload) in HANDLERS]
        for key in self._waiting_for(decision.wake_keys):
            self.queue.append(ImportRequested(store_id=key[0], amazon_order_id=key[1]))

    def _write_order(self, order: Order, *, silent: bool) -> None:
        before = self.orders.get(order.key)
        self.orders[order.key] = order.model_copy(update={"version": before.version + 1 if before else 1})
        if outstanding(order, self.store) and not silent:
            self.unanswered.add(order.key)
        else:
            self.unanswered.discard(order.key)
        if before is None:
            released = [event for event in self.early if _key(event) == order.key]
            self.early = [event for event in self.early if event not in released]
            self.queue += released

    def _waiting_for(self, wakes: tuple[str, ...]) -> list[OrderKey]:
        waits = {key: {wake for b in order.blockers for wake in b.wake_keys} for key, order in self.orders.items()}
        return [key for key, keys in waits.items() if keys & set(wakes)]

    def complete_shipped(self) -> None:
        """Run the clock's job: ask for the completion of what was shipped."""
        self._say(CompletionRequested, [key for key, order in self.orders.items() if order.completable])

    def sync_blocked(self) -> None:
        """Run the clock's job: ask again for the import of what is blocked."""
        self._say(ImportRequested, [key for key, order in self.orders.items() if order.blockers])

    def say_again(self) -> None:
        """Run the clock's job: ask again for what was not answered."""
        for key in sorted(self.unanswered):
            self.queue += outstanding(self.orders[key], self.store)
        self.settle()

    def _say(self, model: type[CompletionRequested | ImportRequested], keys: list[OrderKey]) -> None:
        self.queue += [model(store_id=key[0], amazon_order_id=key[1]) for key in keys]
        self.settle()

    def order(self) -> Order:
        """The only order."""
        (order,) = self.orders.values()
        return order

    @property
    def rejected(self) -> list[str]:
        """Why dead letters wait: of events that were refused, and of parcels that wait themselves."""
        waiting = (why for order in self.orders.values() for why in incomplete_parcels(order).values())
        return [*self.refused, *waiting]

    @property
    def shop_orders(self) -> list[ShopOrder]:
        """The shop's orders, without bare reservations."""
        return [order for order in self.outside.commerce.orders() if order.number]

    @property
    def confirmed(self) -> dict[str, tuple[ParcelItem, ...]]:
        """What Amazon was told is in each parcel."""
        told = (parcels for market in self.outside.amazon.orders() for parcels in market.parcels.items())
        return {shipment_id: parcel.items for shipment_id, parcel in told}

    @property
    def reserved(self) -> dict[str, int]:
        """Pieces reserved, by SKU."""
        return {p.sku: p.reserved for p in self.outside.commerce.catalog.products() if p.reserved}
