"""The demo world of a seed: stores, products, matches, and orders with their events and expected outcomes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import NAMESPACE_URL, uuid5

from gateways.simulator.world import listings
from gateways.simulator.world.listings import DemoListing, ListingMatch
from gateways.simulator.world.orders import DemoOrder, amazon_order_id
from gateways.simulator.world.scenarios import Outcome, Scenario
from gateways.simulator.world.timelines import TimedEvent, timeline
from schemas.order import OrderKey
from schemas.payloads import CommerceShipped, OrderPlaced, StatusChanged
from schemas.product import Product
from schemas.status import Channel
from schemas.store import Store

DemoPayload = OrderPlaced | StatusChanged | CommerceShipped


@dataclass(frozen=True, slots=True)
class ScriptedEvent:
    """An event to be published at a step. Two with one `event_id` are one event delivered twice.

    `needs_commerce_order`: it may only be published once Commerce has the order.
    """

    step: int
    event_id: str
    payload: DemoPayload
    needs_commerce_order: bool


@dataclass(frozen=True, slots=True)
class ScriptedOrder:
    """One order: its events by step, and the outcome it must have."""

    key: OrderKey
    scenario: Scenario
    expected: Outcome
    events: tuple[ScriptedEvent, ...]


@dataclass(frozen=True, slots=True)
class World:
    """Stores, catalog, matches and orders."""

    stores: tuple[Store, ...]
    products: tuple[Product, ...]
    matches: tuple[ListingMatch, ...]
    orders: tuple[ScriptedOrder, ...]

    @property
    def placed(self) -> list[OrderPlaced]:
        """The placing of each order, once, for the simulated marketplace."""
        placed = {
            order.key: event.payload
            for order in self.orders
            for event in order.events
            if isinstance(event.payload, OrderPlaced)
        }
        return list(placed.values())

    @property
    def expected(self) -> Counter[Outcome]:
        """The number of orders by expected outcome."""
        return Counter(order.expected for order in self.orders)

    def steps(self) -> list[list[ScriptedEvent]]:
        """Return the events to be published at each step."""
        events = [event for order in self.orders for event in order.events]
        last = max((event.step for event in events), default=-1)
        return [[event for event in events if event.step == step] for step in range(last + 1)]


def make_world(seed: int, orders: int, now: datetime, extra: Sequence[Scenario] = ()) -> World:
    """Return the world of a seed; from twelve orders on it has every outcome. *extra* scenarios are added."""
    random = Random(seed)
    scenarios = [scenario for scenario in Scenario if scenario.weight][:orders]
    scenarios += random.choices(
        list(Scenario), [scenario.weight for scenario in Scenario], k=max(0, orders - len(scenarios))
    )
    random.shuffle(scenarios)
    scenarios += extra
    scripted = tuple(
        _scripted_order(seed, scenario, _demo_order(random, scenario, number, now))
        for number, scenario in enumerate(scenarios, 1)
    )
    return World(listings.stores(now), listings.products(orders), listings.matches(), scripted)


def _scripted_order(seed: int, scenario: Scenario, order: DemoOrder) -> ScriptedOrder:
    events = tuple(_scripted_event(seed, order, event) for event in timeline(scenario, order))
    return ScriptedOrder(order.key, scenario, scenario.outcome, events)


def _scripted_event(seed: int, order: DemoOrder, event: TimedEvent) -> ScriptedEvent:
    event_id = uuid5(NAMESPACE_URL, f"demo/{seed}/{'/'.join(order.key)}/{event.payload.model_dump_json()}")
    return ScriptedEvent(event.step, str(event_id), event.payload, event.needs_commerce_order)


def _demo_order(random: Random, scenario: Scenario, number: int, now: datetime) -> DemoOrder:
    bought_at = now - timedelta(minutes=random.randrange(120, 2 * 24 * 60))
    purchase_date = bought_at - 2 * listings.INTEGRATED_FOR if scenario is Scenario.OLD else bought_at
    return DemoOrder(
        store_id=listings.VIEW_ONLY
        if scenario is Scenario.VIEW_ONLY
        else random.choice([listings.MAIN, listings.MAIN, listings.SECOND]),
        number=number,
        amazon_order_id=amazon_order_id(random, number),
        purchase_date=purchase_date,
        updated_from=bought_at,
        bought=_bought(random, scenario),
        channel=Channel.AFN if scenario is Scenario.FBA else Channel.MFN,
        replaces=amazon_order_id(random, 0) if scenario is Scenario.REPLACEMENT else None,
    )


_BLOCKED_BY = {
    Scenario.MISSING: listings.UNLISTED,
    Scenario.DISABLED: listings.DISABLED,
    Scenario.SOLD_OUT: listings.SOLD_OUT,
}


def _bought(random: Random, scenario: Scenario) -> tuple[tuple[DemoListing, int], ...]:
    """Return the listings and quantities of one or two lines; in a blocked scenario the last line is the blocker's."""
    split = scenario in {Scenario.TWO_PARCELS, Scenario.FIRST_PARCEL}
    lines = random.sample(listings.GOOD, 2 if split else random.choice([1, 1, 2]))
    if scenario in _BLOCKED_BY:
        lines = [*lines[1:], _BLOCKED_BY[scenario]]
    return tuple((listing, random.choice([1, 1, 1, 2, 3])) for listing in lines)
