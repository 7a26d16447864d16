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
from gateways.simulator.world.scenarios import Outcome, Story
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
    story: Story
    expected: Outcome
    acts: tuple[ScriptedEvent, ...]


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
            for event in order.acts
            if isinstance(event.payload, OrderPlaced)
        }
        return list(placed.values())

    @property
    def expected(self) -> Counter[Outcome]:
        """The number of orders by expected outcome."""
        return Counter(order.expected for order in self.orders)

    def steps(self) -> list[list[ScriptedEvent]]:
        """Return the events to be published at each step."""
        events = [event for order in self.orders for event in order.acts]
        last = max((event.step for event in events), default=-1)
        return [[event for event in events if event.step == step] for step in range(last + 1)]


def make_world(seed: int, orders: int, now: datetime, extra: Sequence[Story] = ()) -> World:
    """Return the world of a seed; with twelve orders or more it has every outcome. *extra* stories come in addition."""
    random = Random(seed)
    stories = [story for story in Story if story.weight][:orders]
    stories += random.choices(list(Story), [story.weight for story in Story], k=max(0, orders - len(stories)))
    random.shuffle(stories)
    stories += extra
    scripted = tuple(
        _scripted_order(seed, story, _demo_order(random, story, number, now)) for number, story in enumerate(stories, 1)
    )
    return World(listings.stores(now), listings.products(orders), listings.matches(), scripted)


def _scripted_order(seed: int, story: Story, order: DemoOrder) -> ScriptedOrder:
    acts = tuple(_scripted_event(seed, order, event) for event in timeline(story, order))
    return ScriptedOrder(order.key, story, story.outcome, acts)


def _scripted_event(seed: int, order: DemoOrder, event: TimedEvent) -> ScriptedEvent:
    event_id = uuid5(NAMESPACE_URL, f"demo/{seed}/{'/'.join(order.key)}/{event.payload.model_dump_json()}")
    return ScriptedEvent(event.step, str(event_id), event.payload, event.needs_commerce_order)


def _demo_order(random: Random, story: Story, number: int, now: datetime) -> DemoOrder:
    bought_at = now - timedelta(minutes=random.randrange(120, 2 * 24 * 60))
    purchase_date = bought_at - 2 * listings.INTEGRATED_FOR if story is Story.OLD else bought_at
    return DemoOrder(
        store_id=listings.VIEW_ONLY
        if story is Story.VIEW_ONLY
        else random.choice([listings.MAIN, listings.MAIN, listings.SECOND]),
        number=number,
        amazon_order_id=amazon_order_id(random, number),
        purchase_date=purchase_date,
        updated_from=bought_at,
        bought=_bought(random, story),
        channel=Channel.AFN if story is Story.FBA else Channel.MFN,
        replaces=amazon_order_id(random, 0) if story is Story.REPLACEMENT else None,
    )


_BLOCKED_BY = {
    Story.MISSING: listings.UNLISTED,
    Story.DISABLED: listings.DISABLED,
    Story.SOLD_OUT: listings.SOLD_OUT,
}


def _bought(random: Random, story: Story) -> tuple[tuple[DemoListing, int], ...]:
    """Return the listings and quantities of one or two lines; in a blocked scenario the last line is the blocker's."""
    split = story in {Story.TWO_PARCELS, Story.FIRST_PARCEL}
    lines = random.sample(listings.GOOD, 2 if split else random.choice([1, 1, 2]))
    if story in _BLOCKED_BY:
        lines = [*lines[1:], _BLOCKED_BY[story]]
    return tuple((listing, random.choice([1, 1, 1, 2, 3])) for listing in lines)
