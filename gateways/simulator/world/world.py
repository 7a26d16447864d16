"""The demo's script: a small world, the same for the same seed, in which every outcome comes up."""

from collections import Counter
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
    """Something to be published at a step. Two acts with one `event_id` are one event delivered twice.

    `needs_commerce_order` marks what may only be said once Commerce has the order.
    """

    step: int
    event_id: str
    payload: DemoPayload
    needs_commerce_order: bool


@dataclass(frozen=True, slots=True)
class ScriptedOrder:
    """One order: what is said about it, step by step, and where it has to end."""

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
        """What the marketplace knows of all orders: each one's placing, once."""
        found = {
            order.key: act.payload
            for order in self.orders
            for act in order.acts
            if isinstance(act.payload, OrderPlaced)
        }
        return list(found.values())

    @property
    def expected(self) -> Counter[Outcome]:
        """How many orders have to end where."""
        return Counter(order.expected for order in self.orders)

    def steps(self) -> list[list[ScriptedEvent]]:
        """Return what to publish, step by step; within a step the orders take turns."""
        acts = [act for order in self.orders for act in order.acts]
        last = max((act.step for act in acts), default=-1)
        return [[act for act in acts if act.step == step] for step in range(last + 1)]


def make_world(seed: int, orders: int, now: datetime) -> World:
    """Return the world of a seed; from twelve orders on, every outcome is in it."""
    random = Random(seed)
    told = list(Story)[:orders]
    told += random.choices(list(Story), [story.weight for story in Story], k=max(0, orders - len(told)))
    random.shuffle(told)
    scripted = tuple(
        _scripted_order(seed, story, _demo_order(random, story, number, now)) for number, story in enumerate(told, 1)
    )
    return World(listings.stores(now), listings.products(orders), listings.matches(), scripted)


def _scripted_order(seed: int, story: Story, draft: DemoOrder) -> ScriptedOrder:
    acts = tuple(_scripted_event(seed, draft, cue) for cue in timeline(story, draft))
    return ScriptedOrder(draft.key, story, story.outcome, acts)


def _scripted_event(seed: int, draft: DemoOrder, cue: TimedEvent) -> ScriptedEvent:
    event_id = uuid5(NAMESPACE_URL, f"demo/{seed}/{'/'.join(draft.key)}/{cue.payload.model_dump_json()}")
    return ScriptedEvent(cue.step, str(event_id), cue.payload, cue.needs_commerce_order)


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
    """Return what is bought, one or two lines; what blocks the order, if anything does, is the last of them."""
    split = story in {Story.TWO_PARCELS, Story.FIRST_PARCEL}
    lines = random.sample(listings.GOOD, 2 if split else random.choice([1, 1, 2]))
    if story in _BLOCKED_BY:
        lines = [*lines[1:], _BLOCKED_BY[story]]
    return tuple((listing, random.choice([1, 1, 1, 2, 3])) for listing in lines)
