"""The same events in any order, with any repetitions, have the same final state and the same effects."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.fold_report import fold_personal, fold_report, new_order, stamp_of
from schemas.amazon_report import Item
from schemas.order import CommerceState, Order
from schemas.payloads import AmazonReport, CommerceShipped, OrderPlaced, Payload, StatusChanged
from schemas.personal import Address, Buyer, PersonalData
from schemas.product import Product
from schemas.status import AmazonStatus, Channel
from schemas.store import OrderNumberSource, Store
from tests.builders import HOME, ORDER_ID, a_store, an_item, at, changed, placed, shipped, usd
from tests.handlers.rules.test_fold_instructions import order_instructions, personal_instructions
from tests.handlers.world import World

WAYS = (
    (Channel.MFN, ("Pending", "InvoiceUnconfirmed", "Unshipped", "PartiallyShipped", "Shipped")),
    (Channel.AFN, ("PendingAvailability", "Pending", "Unshipped", "Shipped")),
    (Channel.AFN, ("PendingAvailability", "Pending", "Unfulfillable")),
)
"""The channel, and the statuses that an order passes; it may skip some."""

"""No deadline: a test must not fail because the machine is busy."""

OFTEN = st.sampled_from([True, True, False])
STORES = (
    a_store(),
    a_store(inventory_management=False, reserve_quantity=True),
    a_store(order_number_source=OrderNumberSource.AMAZON, order_status="custom", processing_status="amazon"),
    a_store(import_orders=False),
)


@dataclass(frozen=True)
class History:
    """The events of one order, and the store and catalog they happen in."""

    store: Store
    products: tuple[Product, ...]
    events: tuple[Payload, ...]

    @property
    def bought(self) -> OrderPlaced:
        """The order as it was placed, including the items that only a later report has."""
        (first,) = (event for event in self.events if isinstance(event, OrderPlaced))
        reported = [event.items for event in self.events if isinstance(event, AmazonReport) and event.items]
        return first.model_copy(update={"items": max(reported, key=len)})

    @property
    def latest(self) -> StatusChanged:
        """The order as Amazon reports it when it is asked."""
        reported = [event for event in self.events if isinstance(event, AmazonReport)]
        return StatusChanged.model_validate(max(reported, key=stamp_of).model_dump())

    @property
    def is_canceled(self) -> bool:
        """Whether Amazon cancels the order in the end."""
        return any(isinstance(event, StatusChanged) and event.status == "Canceled" for event in self.events)


@st.composite
def report_items(draw: st.DrawFn, quantities: dict[str, int]) -> tuple[Item, ...]:
    """Draw the items of a report: always the same lines, with or without the facts that Amazon may omit."""
    items = []
    for number, quantity in enumerate(quantities.values(), start=1):
        price = draw(st.sampled_from([None, usd(f"{10 * quantity}.00")]))
        sent = draw(st.none() | st.integers(0, quantity))
        items.append(an_item(number, quantity=quantity, item_price=price, quantity_shipped=sent))
    return tuple(items)


@st.composite
def report_facts(draw: st.DrawFn, quantities: dict[str, int], home: Address) -> dict[str, Any]:
    """Draw the facts of a report besides the status. The address is always the same, complete or withheld."""
    withheld = home.model_copy(update={"name": None, "line1": None})
    strategies: dict[str, st.SearchStrategy[Any]] = {
        "items": report_items(quantities),
        "order_total": st.just(usd(f"{10 * sum(quantities.values())}.00")),
        "shipping_address": st.sampled_from([home, withheld]),
        "buyer": st.sampled_from([Buyer(name="Test Buyer", email="buyer@example.com"), Buyer(email="b@example.com")]),
        "is_prime": st.booleans(),
        "ship_service_level": st.sampled_from(["Std", "Exp"]),
    }
    return {fact: draw(strategies[fact]) for fact in strategies if draw(OFTEN)}


@st.composite
def drawn_parcels(draw: st.DrawFn, quantities: dict[str, int]) -> list[CommerceShipped]:
    """Draw up to three parcels with parts of the quantities; a last one may contain everything that is left."""
    left, parcels = dict(quantities), []
    for number in range(1, draw(st.sampled_from([1, 2, 3, 0])) + 1):
        packed = {item: draw(st.integers(0, quantity)) for item, quantity in left.items()}
        left = {item: quantity - packed[item] for item, quantity in left.items()}
        items = {item: quantity for item, quantity in packed.items() if quantity}
        if items:
            parcels.append(shipped(f"parcel-{draw(st.sampled_from('abc'))}{number}", 60 + number, items=items))
    if any(left.values()) and draw(st.booleans()):
        parcels.append(shipped(f"parcel-{draw(st.sampled_from('abc'))}9", 70))
    return parcels


@st.composite
def later_versions(draw: st.DrawFn, parcels: list[CommerceShipped]) -> list[CommerceShipped]:
    """Draw later versions of some of the parcels, with another tracking number."""
    chosen = draw(st.sets(st.sampled_from(parcels).map(parcels.index))) if parcels else set()
    later = {"shipped_at": at(90), "tracking_number": "TRACK-CORRECTED"}
    return [parcels[index].model_copy(update=later) for index in sorted(chosen)]


@st.composite
def reports(
    draw: st.DrawFn, way: tuple[Channel, tuple[str, ...]], quantities: dict[str, int], *, late_items: bool
) -> list[AmazonReport]:
    """Draw Amazon's reports: the order placed, then its statuses in the order in which orders pass them.

    With *late_items* the first report has one item only, and all others have all.
    """
    channel, passed = way
    home = draw(
        st.sampled_from([HOME, HOME.model_copy(update={"name": None}), HOME.model_copy(update={"region": "?"})])
    )
    facts = report_facts(quantities, home)
    statuses = [status for status in passed if draw(OFTEN)]
    statuses += [] if draw(OFTEN) else ["Canceled"]
    items = tuple(item.model_copy(update={"item_price": None}) for item in draw(report_items(quantities)))
    first = placed(fulfillment_channel=channel, **{**draw(facts), "items": items})
    all_items = {"items": items} if late_items else {}
    if late_items:
        first = first.model_copy(update={"items": items[:1]})
        statuses = statuses or ["Unshipped"]
    drawn: list[AmazonReport] = [first]
    for minutes, status in enumerate(statuses, start=draw(st.integers(0, 1))):
        drawn.append(changed(status, minutes, **(draw(facts) | all_items)))
        if draw(st.booleans()):
            whole = first.model_dump(exclude={"status", "last_update_date", "store_id", "amazon_order_id"})
            drawn.append(changed(status, minutes + 0.5, **(whole | draw(facts) | all_items)))
    return drawn


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a history."""
    quantities = {f"item-{number}": draw(st.integers(1, 3)) for number in range(1, draw(st.integers(1, 2)) + 1)}
    way = draw(st.sampled_from((WAYS[0], *WAYS)))
    parcels = draw(drawn_parcels(quantities)) if way[0] is Channel.MFN else []
    store = draw(st.sampled_from(STORES))
    # Stock reserved for a pending order is not reserved again for an item that is reported later.
    late_items = not store.settings.reserve_quantity and not draw(OFTEN)
    amazon_reports = draw(reports(way, quantities, late_items=late_items))
    products = [
        Product(sku="SKU-1", name="One", quantity=100),
        Product(sku="SKU-2", name="Two", enabled=draw(OFTEN), quantity=draw(st.sampled_from([100, 0]))),
    ]
    return History(
        store=store,
        products=tuple(products if draw(OFTEN) else products[:1]),
        events=(*amazon_reports, *parcels, *draw(later_versions(parcels))),
    )


def final_world(history: History, events: list[Payload], data: st.DataObject | None = None) -> World:
    """Handle the events in order, their follow-ups in an order drawn, and run the scheduled jobs at the end."""
    world = World(store=history.store)
    world.stock(*history.products)
    world.gateways.amazon.place([history.bought])
    world.gateways.amazon.change(history.latest)

    def choose(many: int) -> int:
        return data.draw(st.integers(0, many - 1)) if data and many > 1 else 0

    for event in events:
        world.queue.append(event)
        if data is None or data.draw(st.booleans()):
            world.drain(choose)
    world.drain(choose)
    world.resend_unanswered()
    world.complete_shipped()
    return world


def final_state(order: Order) -> dict[str, Any]:
    """Return an order's final state, without its note and version, which depend on the order of events."""
    return order.model_dump(exclude={"note", "version"})


def effects(world: World) -> dict[str, Any]:
    """Return the effects in Commerce and at Amazon: orders, reserved stock, confirmed parcels.

    The comments of a Commerce order are from its creation.
    """
    return {
        "orders": [order.model_dump(exclude={"asked", "shipments", "comments"}) for order in world.shop_orders],
        "reserved": world.reserved,
        "parcels": world.confirmed,
    }


@given(histories(), st.data())
def test_any_order_of_arrival_has_the_same_result(history: History, data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(history.events), max_size=4))
    shuffled = data.draw(st.permutations([*history.events, *again]))
    straight, mixed = final_world(history, list(history.events)), final_world(history, shuffled, data)
    assert not mixed.deferred
    assert mixed.rejected == straight.rejected == []
    if history.is_canceled:
        assert_nothing_open(straight)
        assert_nothing_open(mixed)
        assert canceled_state(mixed) == canceled_state(straight)
    else:
        assert final_state(mixed.order()) == final_state(straight.order())
        assert effects(mixed) == effects(straight)
    assert mixed.personal == straight.personal


def folded(order: Order | None, reported: list[AmazonReport]) -> tuple[Order, PersonalData | None]:
    """Return the order and personal data after the reports, folded one after the other."""
    personal: PersonalData | None = None
    for report in reported:
        personal = fold_personal(order, personal, report) or personal
        before = order or new_order(report)
        order = before.model_copy(update=fold_report(before, report))
    assert order is not None
    return order, personal


@st.composite
def any_report(draw: st.DrawFn) -> AmazonReport:
    """Draw a complete report, at one of a few instants, of which any fact may contradict another report's.

    It may omit a line, and may have synthetic ids.
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
        instructions=draw(st.none() | order_instructions(ids.format(1))),
        personal_instructions=draw(st.none() | personal_instructions(ids.format(1))),
        shipping_address=draw(st.none() | st.just(address)),
    )


@given(st.lists(any_report(), min_size=1, max_size=4), st.data())
def test_reports_fold_to_the_same_in_any_order_and_repetition(drawn: list[AmazonReport], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(drawn), max_size=3))
    mixed = data.draw(st.permutations([*drawn, *again]))
    assert folded(None, mixed) == folded(None, drawn)
    assert folded(None, drawn)[0].lines


def assert_nothing_open(world: World) -> None:
    """Check that a canceled order has no open order and no stock in Commerce."""
    assert [order.state for order in world.shop_orders if order.state is CommerceState.OPEN] == []
    assert world.reserved == {}
    assert not world.order().stock_reserved


def canceled_state(world: World) -> dict[str, Any]:
    """Return a canceled order's final state, without fields that depend on its progress before the cancellation."""
    fields = final_state(world.order())
    for line in fields["lines"]:
        del line["sku"]
    for parcel in fields["parcels"]:
        del parcel["confirmed_items"], parcel["changed_since_confirmed"]
    progress = {"commerce_order", "import_state"}
    return {name: value for name, value in fields.items() if name not in progress}
