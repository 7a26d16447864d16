"""The same events in any order, doubled at will, come to the same end and the same effects."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.rules.fold_report import fold_personal, fold_report, new_order
from schemas.amazon_report import Item
from schemas.order import CommerceState, Order
from schemas.payloads import AmazonReport, CommerceShipped, OrderPlaced, Payload, StatusChanged
from schemas.personal import Address, Buyer, PersonalData
from schemas.product import Product
from schemas.status import AmazonStatus, Channel
from schemas.store import OrderNumberSource, Store
from tests.builders import HOME, ORDER_ID, a_store, an_item, at, changed, placed, shipped, usd
from tests.handlers.world import World

WAYS = (
    (Channel.MFN, ("Pending", "InvoiceUnconfirmed", "Unshipped", "PartiallyShipped", "Shipped")),
    (Channel.AFN, ("PendingAvailability", "Pending", "Unshipped", "Shipped")),
    (Channel.AFN, ("PendingAvailability", "Pending", "Unfulfillable")),
)
"""Who ships, and the statuses an order passes; it may skip some."""

PATIENT = settings(deadline=None, max_examples=100)
"""A busy machine is no fault of what is tested."""

OFTEN = st.sampled_from([True, True, False])
STORES = (
    a_store(),
    a_store(inventory_management=False, reserve_quantity=True),
    a_store(order_number_source=OrderNumberSource.AMAZON, order_status="custom", processing_status="amazon"),
    a_store(import_orders=False),
)


@dataclass(frozen=True)
class History:
    """What happens to one order, and the shop it happens in."""

    store: Store
    products: tuple[Product, ...]
    events: tuple[Payload, ...]

    @property
    def bought(self) -> OrderPlaced:
        """The order as it was placed, with the items that only a later report told, too."""
        (first,) = (event for event in self.events if isinstance(event, OrderPlaced))
        told = [event.items for event in self.events if isinstance(event, AmazonReport) and event.items]
        return first.model_copy(update={"items": max(told, key=len)})

    @property
    def is_canceled(self) -> bool:
        """Whether Amazon cancels the order in the end."""
        return any(isinstance(event, StatusChanged) and event.status == "Canceled" for event in self.events)


@st.composite
def items_of(draw: st.DrawFn, quantities: dict[str, int]) -> tuple[Item, ...]:
    """Draw the items of a report: the same lines each time, with or without what Amazon leaves out now and then."""
    told = []
    for number, quantity in enumerate(quantities.values(), start=1):
        price = draw(st.sampled_from([None, usd(f"{10 * quantity}.00")]))
        sent = draw(st.none() | st.integers(0, quantity))
        told.append(an_item(number, quantity=quantity, item_price=price, quantity_shipped=sent))
    return tuple(told)


@st.composite
def facts_of(draw: st.DrawFn, quantities: dict[str, int], home: Address) -> dict[str, Any]:
    """Draw the facts that a report tells besides the status. An address is whole or withheld, and never another one."""
    withheld = home.model_copy(update={"name": None, "line1": None})
    known: dict[str, st.SearchStrategy[Any]] = {
        "items": items_of(quantities),
        "order_total": st.just(usd(f"{10 * sum(quantities.values())}.00")),
        "shipping_address": st.sampled_from([home, withheld]),
        "buyer": st.sampled_from([Buyer(name="Test Buyer", email="buyer@example.com"), Buyer(email="b@example.com")]),
        "is_prime": st.booleans(),
        "ship_service_level": st.sampled_from(["Std", "Exp"]),
    }
    return {fact: draw(known[fact]) for fact in known if draw(OFTEN)}


@st.composite
def parcels_of(draw: st.DrawFn, quantities: dict[str, int]) -> list[CommerceShipped]:
    """Draw up to three parcels that share out the pieces; the last may say that it holds all that is left."""
    left, found = dict(quantities), []
    for number in range(1, draw(st.sampled_from([1, 2, 3, 0])) + 1):
        packed = {item: draw(st.integers(0, quantity)) for item, quantity in left.items()}
        left = {item: quantity - packed[item] for item, quantity in left.items()}
        told = {item: quantity for item, quantity in packed.items() if quantity}
        if told:
            found.append(shipped(f"parcel-{draw(st.sampled_from('abc'))}{number}", 60 + number, items=told))
    if any(left.values()) and draw(st.booleans()):
        found.append(shipped(f"parcel-{draw(st.sampled_from('abc'))}9", 70))
    return found


@st.composite
def retold(draw: st.DrawFn, parcels: list[CommerceShipped]) -> list[CommerceShipped]:
    """Draw later tellings of some of the parcels, with another tracking number."""
    chosen = draw(st.sets(st.sampled_from(parcels).map(parcels.index))) if parcels else set()
    later = {"shipped_at": at(90), "tracking_number": "TRACK-CORRECTED"}
    return [parcels[place].model_copy(update=later) for place in sorted(chosen)]


@st.composite
def reports(
    draw: st.DrawFn, way: tuple[Channel, tuple[str, ...]], quantities: dict[str, int], *, late_items: bool
) -> list[AmazonReport]:
    """Draw what Amazon reports: the order placed, then its statuses in the order in which orders pass them.

    With *late_items* the first report tells one item only, and all others tell all.
    """
    channel, passed = way
    home = draw(
        st.sampled_from([HOME, HOME.model_copy(update={"name": None}), HOME.model_copy(update={"region": "?"})])
    )
    facts = facts_of(quantities, home)
    statuses = [status for status in passed if draw(OFTEN)]
    statuses += [] if draw(OFTEN) else ["Canceled"]
    items = tuple(item.model_copy(update={"item_price": None}) for item in draw(items_of(quantities)))
    first = placed(fulfillment_channel=channel, **{**draw(facts), "items": items})
    all_items = {"items": items} if late_items else {}
    if late_items:
        first = first.model_copy(update={"items": items[:1]})
        statuses = statuses or ["Unshipped"]
    told: list[AmazonReport] = [first]
    for minutes, status in enumerate(statuses, start=draw(st.integers(0, 1))):
        told.append(changed(status, minutes, **(draw(facts) | all_items)))
        if draw(st.booleans()):
            whole = first.model_dump(exclude={"status", "last_update_date", "store_id", "amazon_order_id"})
            told.append(changed(status, minutes + 0.5, **(whole | draw(facts) | all_items)))
    return told


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a history."""
    quantities = {f"item-{number}": draw(st.integers(1, 3)) for number in range(1, draw(st.integers(1, 2)) + 1)}
    way = draw(st.sampled_from((WAYS[0], *WAYS)))
    parcels = draw(parcels_of(quantities)) if way[0] is Channel.MFN else []
    store = draw(st.sampled_from(STORES))
    # Stock that is held for a pending order is not held anew for an item that is told later.
    late_items = not store.settings.reserve_quantity and not draw(OFTEN)
    told = draw(reports(way, quantities, late_items=late_items))
    products = [
        Product(sku="SKU-1", name="One", quantity=100),
        Product(sku="SKU-2", name="Two", enabled=draw(OFTEN), quantity=draw(st.sampled_from([100, 0]))),
    ]
    return History(
        store=store,
        products=tuple(products if draw(OFTEN) else products[:1]),
        events=(*told, *parcels, *draw(retold(parcels))),
    )


def end_of(history: History, events: list[Payload], data: st.DataObject | None = None) -> World:
    """Let the events come in the order given, what follows in an order drawn, and the clock run at the end."""
    world = World(store=history.store)
    world.stock(*history.products)
    world.outside.amazon.place([history.bought])

    def choose(many: int) -> int:
        return data.draw(st.integers(0, many - 1)) if data and many > 1 else 0

    for event in events:
        world.queue.append(event)
        if data is None or data.draw(st.booleans()):
            world.settle(choose)
    world.settle(choose)
    world.say_again()
    world.complete_shipped()
    return world


def state(order: Order) -> dict[str, Any]:
    """Return an order's end, without what counts or words the way to it."""
    return order.model_dump(exclude={"note", "version"})


def effects(world: World) -> dict[str, Any]:
    """Return what has come of it outside: orders, their lines and state, what is reserved, what Amazon was told."""
    return {
        "orders": [order.model_dump(exclude={"asked", "shipments"}) for order in world.shop_orders],
        "reserved": world.reserved,
        "parcels": world.confirmed,
    }


@PATIENT
@given(histories(), st.data())
def test_any_order_of_arrival_comes_to_the_same_end(history: History, data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(history.events), max_size=4))
    shuffled = data.draw(st.permutations([*history.events, *again]))
    straight, mixed = end_of(history, list(history.events)), end_of(history, shuffled, data)
    assert not mixed.early
    assert mixed.rejected == straight.rejected == []
    if history.is_canceled:
        assert_given_back(straight)
        assert_given_back(mixed)
        assert canceled_state(mixed) == canceled_state(straight)
    else:
        assert state(mixed.order()) == state(straight.order())
        assert effects(mixed) == effects(straight)
    assert mixed.personal == straight.personal


def in_turn(order: Order | None, told: list[AmazonReport]) -> tuple[Order, PersonalData | None]:
    """Fold reports one after the other."""
    personal: PersonalData | None = None
    for report in told:
        personal = fold_personal(order, personal, report) or personal
        before = order or new_order(report)
        order = before.model_copy(update=fold_report(before, report))
    assert order is not None
    return order, personal


@st.composite
def any_report(draw: st.DrawFn) -> AmazonReport:
    """Draw a report of a first sight in which anything may contradict any other, at one of a few instants.

    It may leave a line out, and may be one that does not know Amazon's ids.
    """
    amounts = st.none() | st.sampled_from(["10.00", "11.00", "12.00"]).map(usd)
    ids = draw(st.sampled_from(["item-{}", "item-{}", f"{ORDER_ID}/{{}}"]))
    numbers = draw(st.permutations([1, 2]))
    items = [
        an_item(
            number,
            order_item_id=ids.format(number),
            quantity=draw(st.integers(1, 3)),
            title=draw(st.sampled_from([None, "A", "B"])),
        )
        for number in numbers[: draw(st.integers(1, 2))]
    ]
    priced = [
        item.model_copy(update={"item_price": draw(amounts), "quantity_shipped": draw(st.none() | st.just(1))})
        for item in items
    ]
    address = HOME.model_copy(update={"line1": draw(st.sampled_from([None, "1 Test Street", "2 Test Street"]))})
    return placed(
        status=draw(st.sampled_from(AmazonStatus)),
        last_update_date=at(draw(st.integers(0, 2))),
        items=tuple(priced),
        order_total=draw(amounts),
        is_prime=draw(st.none() | st.booleans()),
        buyer=draw(st.none() | st.builds(Buyer, name=st.sampled_from([None, "Test Buyer", "Test Other"]))),
        shipping_address=draw(st.none() | st.just(address)),
    )


@PATIENT
@given(st.lists(any_report(), min_size=1, max_size=4), st.data())
def test_reports_may_be_folded_in_any_order_and_again(told: list[AmazonReport], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(told), max_size=3))
    mixed = data.draw(st.permutations([*told, *again]))
    assert in_turn(None, mixed) == in_turn(None, told)
    assert in_turn(None, told)[0].lines


def assert_given_back(world: World) -> None:
    """Check that nothing is left in Commerce of a canceled order."""
    assert [order.state for order in world.shop_orders if order.state is CommerceState.OPEN] == []
    assert world.reserved == {}
    assert not world.order().stock_reserved


def canceled_state(world: World) -> dict[str, Any]:
    """Return a canceled order's end, without what depends on how far it came before Amazon canceled it."""
    found = state(world.order())
    for line in found["lines"]:
        del line["sku"]
    for parcel in found["parcels"]:
        del parcel["confirmed_items"], parcel["changed_since_confirmed"]
    came_so_far = {"commerce_order", "import_state"}
    return {fact: value for fact, value in found.items() if fact not in came_so_far}
