"""The plan of a trial, made from its seed: events of a world of orders, shuffled, duplicated, late, and poisoned."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from random import Random

from events import large_bodies
from events.envelope import event_key
from events.registry import CONSUMERS, NAMES
from faults import poison
from gateways.simulator.world.listings import SECOND
from gateways.simulator.world.scenarios import Scenario
from gateways.simulator.world.world import ScriptedEvent, ScriptedOrder, World, make_world
from ledger.messages.delivery_audit import DeliveryKey
from schemas.message import Message
from schemas.order import OrderKey
from schemas.payloads import CancelRequested, CatalogChanged, CommerceShipped, OrderPayload, Payload
from schemas.store import OrderSettings, Store

SOURCE = "/upstream"
CONSUMER_OF = {event: consumer for consumer, event in CONSUMERS.items()}
DUPLICATED, LATE, POISONED, CANCELED = 0.10, 0.02, 0.02, 0.5
"""Shares: published twice, published again at the very end, poison, and of imported orders those that we cancel."""

JITTER = 40
"""Positions by which a publication may be moved."""


class Need(Enum):
    """The precondition of a publication."""

    NOTHING = "nothing"
    OPEN_ORDER = "Commerce has an open order"
    PARCEL = "Commerce has shipped the parcel"


@dataclass(frozen=True, slots=True)
class Publication:
    """A body to be published. `delivery` is its inbox key, None where the body is no event.

    `role` is the account that publishes it, where that is not the event's own publisher.
    """

    routing_key: str
    body: bytes
    delivery: DeliveryKey | None = None
    payload: Payload | None = None
    need: Need = Need.NOTHING
    headers: Mapping[str, object] = field(default_factory=dict)
    role: str | None = None

    @property
    def digest(self) -> bytes:
        """The digest of the body, readable or not."""
        return body_digest(self.body)

    @property
    def order(self) -> OrderKey:
        """The key of its order."""
        assert isinstance(self.payload, OrderPayload)
        return self.payload.store_id, self.payload.amazon_order_id


@dataclass(frozen=True, slots=True)
class Plan:
    """The world, and all publications in upstream's order."""

    world: World
    publications: tuple[Publication, ...]

    def events_of(self, order: ScriptedOrder) -> list[tuple[Payload, Need]]:
        """Return the events of an order with their preconditions, each once, in the order of the source."""
        events: dict[str, tuple[Payload, Need]] = {}
        for event in order.events:
            events.setdefault(event.event_id, (event.payload, need_of(event)))
        return list(events.values())


def body_digest(body: bytes) -> bytes:
    """Return the digest that identifies a body, whole or as the product keeps a large one."""
    return large_bodies.body_digest(large_bodies.cut(Message("", "", body)))


def publication(payload: Payload, event_id: str, need: Need = Need.NOTHING) -> Publication:
    """Return an event as upstream publishes it."""
    name = NAMES[type(payload)]
    data = payload.model_dump(mode="json", exclude_none=True)
    envelope = {"specversion": "1.0", "id": event_id, "source": SOURCE, "type": name, "data": data}
    body = json.dumps(envelope).encode()
    return Publication(name, body, (CONSUMER_OF[name], event_key(SOURCE, event_id)), payload, need)


def need_of(event: ScriptedEvent) -> Need:
    """Return the precondition of a scripted event."""
    if not event.needs_commerce_order:
        return Need.NOTHING
    return Need.PARCEL if isinstance(event.payload, CommerceShipped) else Need.OPEN_ORDER


def make_plan(seed: int, orders: int, now: datetime) -> Plan:
    """Return the plan of a seed."""
    world = make_world(seed, orders, now)
    world = replace(
        world, stores=tuple(_legacy(store) if store.store_id == SECOND else store for store in world.stores)
    )
    random = Random(seed)
    placed = [
        (place * 3.0 + event.step * JITTER + random.uniform(-JITTER, JITTER), planned)
        for place, order in enumerate(world.orders)
        for event, planned in _script(order)
    ]
    ends = [place for place, _ in placed]
    placed += list(_cancellations(random, world))
    duplicates = [
        (place + random.uniform(0, 10 * JITTER), planned) for place, planned in placed if random.random() < DUPLICATED
    ]
    late = [(max(ends) + random.uniform(0, JITTER), planned) for _, planned in placed if random.random() < LATE]
    strange = [
        (random.uniform(0, max(ends)), _poisoned(kind))
        for kind in poison.kinds(random, max(len(poison.MAKERS), int(len(placed) * POISONED)))
    ]
    changes = [(random.uniform(0, max(ends)), _change(random, number)) for number in range(len(placed) // 100 + 2)]
    everything = sorted([*placed, *duplicates, *late, *strange, *changes], key=lambda entry: entry[0])
    return Plan(world, tuple(planned for _, planned in everything))


def _legacy(store: Store) -> Store:
    """Give the second store the settings of the old manual: no inventory management, stock reserved while pending."""
    if store.store_id != SECOND:
        return store
    settings = OrderSettings(inventory_management=False, reserve_quantity=True)
    return store.model_copy(update={"settings": settings})


def _script(order: ScriptedOrder) -> Iterator[tuple[ScriptedEvent, Publication]]:
    for event in order.events:
        yield event, publication(event.payload, event.event_id, need_of(event))


def _canceled_orders(random: Random, world: World) -> Sequence[ScriptedOrder]:
    """Return the orders that an operator cancels."""
    imported = [order for order in world.orders if order.scenario is Scenario.IMPORTED]
    return [order for order in imported if random.random() < CANCELED]


def _cancellations(random: Random, world: World) -> Iterator[tuple[float, Publication]]:
    for order in _canceled_orders(random, world):
        payload = CancelRequested(store_id=order.key[0], amazon_order_id=order.key[1], reason="NoInventory")
        place = world.orders.index(order) * 3.0 + 2 * JITTER
        yield place, publication(payload, f"cancel/{order.key[1]}", Need.OPEN_ORDER)


def _change(random: Random, number: int) -> Publication:
    sku = random.choice(["DEMO-MUG", "DEMO-NEVER-MADE", "DEMO-RETIRED-CHAIR", "DEMO-SOLD-OUT-KITE"])
    return publication(CatalogChanged(sku=sku), f"catalog/{number}")


def _poisoned(made: poison.Poison) -> Publication:
    taker = CONSUMER_OF.get(made.routing_key)
    delivery = (taker, event_key(*made.identity)) if made.identity and taker else None
    return Publication(made.routing_key, made.body, delivery, headers=made.headers)
