"""A model of the pipeline in memory: events are handled by HANDLERS, with Amazon and Commerce simulated.

There is no ledger, no bus and no inbox: every repeated event reaches its handler, which a worker's inbox would prevent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from events.registry import CONSUMERS, NAMES, PUBLISHERS
from gateways.simulator.gateways import SimulatedGateways
from gateways.simulator.shop_orders import ShopOrder
from handlers.decision import Decision, OrderContext
from handlers.rules.incomplete_parcels import incomplete_parcels
from handlers.rules.order_state import outstanding
from handlers.table import HANDLERS
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
from tests.gateways.simulator.memory import MemoryDocumentStore

Choose = Callable[[int], int]
"""Returns an index below its argument."""

MAX_EVENTS = 1000
"""More than any test's events cause; more is an endless loop."""


def first(_: int) -> int:
    """Choose the first: handle events in order."""
    return 0


def _key(event: Payload) -> OrderKey:
    assert isinstance(event, OrderPayload)
    return event.store_id, event.amazon_order_id


@dataclass
class World:
    """The recorded orders, the events in flight, and the effects so far."""

    store: Store = field(default_factory=a_store)
    orders: dict[OrderKey, Order] = field(default_factory=dict)
    personal: dict[OrderKey, PersonalData] = field(default_factory=dict)
    matches: dict[str, str] = field(default_factory=dict)
    deferred: list[Payload] = field(default_factory=list)
    queue: list[Payload] = field(default_factory=list)
    published: list[Payload] = field(default_factory=list)
    rejections: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    unanswered: set[OrderKey] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Create the simulated Amazon and Commerce."""
        self.gateways = SimulatedGateways(MemoryDocumentStore(), lambda: START)

    def stock(self, *products: Product) -> None:
        """Save products in the catalog, and publish the changes."""
        self.gateways.commerce.catalog.save(products)
        self.queue += [CatalogChanged(sku=product.sku, asin=product.asin) for product in products]

    def publish(self, *events: Payload, choose: Choose = first) -> None:
        """Handle the events in order, each with its follow-ups in the order chosen, until the queue is empty."""
        for event in events:
            self.queue.append(event)
            self.drain(choose)

    def drain(self, choose: Choose = first) -> None:
        """Handle all events in flight and their follow-ups; an event may be handled during the requests of another."""
        for _ in range(MAX_EVENTS):
            if not self.queue:
                return
            event = self.queue.pop(choose(len(self.queue)))
            overtakes = self.queue and choose(2)
            self.handle(event, [self.queue.pop(choose(len(self.queue)))] if overtakes else [])
        raise AssertionError(f"The events do not end: {self.published[-10:]}")

    def handle(self, event: Payload, meanwhile: Sequence[Payload] = ()) -> None:
        """Handle an event, and the events *meanwhile* between its requests and its decision."""
        handler = HANDLERS[type(event)]
        context = self.context(event)
        answers: tuple[Answer, ...] = ()
        while handler.ask and (request := handler.ask(context, event, answers)):
            (answer,) = self.gateways.perform([request])
            if isinstance(answer, RetryableError):
                raise answer
            answers += (answer,)
        for other in meanwhile:
            self.handle(other)
        if handler.ask and self.context(event).order != context.order:
            # Answers are valid only for the order as it was when they were requested.
            self.handle(event)
        else:
            self._write(event, handler.decide(self.context(event), event, answers))

    def context(self, event: Payload) -> OrderContext:
        """Return the context of an event's order."""
        if not isinstance(event, OrderPayload):
            return OrderContext(store=self.store)
        key = _key(event)
        return OrderContext(self.store, self.orders.get(key), self.personal.get(key), self.matches)

    def _write(self, event: Payload, decision: Decision) -> None:
        if decision.defer:
            self.deferred.append(event)
        if decision.rejection and not isinstance(event, CommerceShipped):
            self.rejections.append(decision.rejection)
        if decision.note:
            self.history.append(decision.note)
        if decision.order:
            self._write_order(decision.order, suppress_reminder=decision.suppress_reminder)
        if decision.personal:
            self.personal[_key(event)] = decision.personal
        self._check_publisher(event, decision.follow_ups)
        self.published += decision.follow_ups
        self.queue += [payload for payload in decision.follow_ups if type(payload) in HANDLERS]
        self.queue += [ImportRequested.of(key) for key in self._blocked_on(decision.wake_keys)]

    def _check_publisher(self, event: Payload, follow_ups: Sequence[Payload]) -> None:
        """Fail on a follow-up that the registry, and so the consumer's account, does not let it publish."""
        (consumer,) = [name for name, consumed in CONSUMERS.items() if consumed == NAMES[type(event)]]
        for payload in follow_ups:
            name = NAMES[type(payload)]
            assert consumer in PUBLISHERS[name], f"{consumer} publishes {name}, which the registry does not allow it"

    def _write_order(self, order: Order, *, suppress_reminder: bool) -> None:
        before = self.orders.get(order.key)
        self.orders[order.key] = order.model_copy(update={"version": before.version + 1 if before else 1})
        if outstanding(order, self.store) and not suppress_reminder:
            self.unanswered.add(order.key)
        else:
            self.unanswered.discard(order.key)
        if before is None:
            requeued = [event for event in self.deferred if _key(event) == order.key]
            self.deferred = [event for event in self.deferred if event not in requeued]
            self.queue += requeued

    def _blocked_on(self, wake_keys: tuple[str, ...]) -> list[OrderKey]:
        awaited = {key: {k for b in order.blockers for k in b.wake_keys} for key, order in self.orders.items()}
        return [key for key, keys in awaited.items() if keys & set(wake_keys)]

    def complete_shipped(self) -> None:
        """Run the scheduled job that requests the completion of shipped orders."""
        self._request(CompletionRequested, [key for key, order in self.orders.items() if order.completable])

    def sync_blocked(self) -> None:
        """Run the scheduled job that requests the import of blocked orders again."""
        self._request(ImportRequested, [key for key, order in self.orders.items() if order.blockers])

    def resend_unanswered(self) -> None:
        """Run the resender: repeat the outstanding requests."""
        for key in sorted(self.unanswered):
            self.queue += outstanding(self.orders[key], self.store)
        self.drain()

    def _request(self, model: type[CompletionRequested | ImportRequested], keys: list[OrderKey]) -> None:
        self.queue += [model.of(key) for key in keys]
        self.drain()

    def order(self) -> Order:
        """The only order."""
        (order,) = self.orders.values()
        return order

    @property
    def rejected(self) -> list[str]:
        """The reasons of open dead letters: of rejected events, and of incomplete parcels."""
        incomplete = (reason for order in self.orders.values() for reason in incomplete_parcels(order).values())
        return [*self.rejections, *incomplete]

    @property
    def shop_orders(self) -> list[ShopOrder]:
        """Commerce's orders, without reservations that have no order."""
        return [order for order in self.gateways.commerce.orders() if order.number]

    @property
    def confirmed(self) -> dict[str, tuple[ParcelItem, ...]]:
        """The contents of each parcel confirmed to Amazon, by shipment id."""
        confirmed = (parcels for order in self.gateways.amazon.orders() for parcels in order.parcels.items())
        return {shipment_id: parcel.items for shipment_id, parcel in confirmed}

    @property
    def reserved(self) -> dict[str, int]:
        """The quantities reserved in Commerce, by SKU."""
        return {p.sku: p.reserved for p in self.gateways.commerce.catalog.products() if p.reserved}
