"""A run of the served world: each order's events, one after the other, and their result at both ends."""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Event
from time import monotonic
from typing import Any

from events.envelope import encode
from gateways.simulator.driver import ShopWebhook, WorldDriver
from gateways.simulator.world.scenarios import Outcome
from gateways.simulator.world.served_events import ServedEvent, served_events
from gateways.simulator.world.world import World
from ledger.ledger import Ledger
from schemas.order import Order, OrderKey
from schemas.order_filters import OrderPager
from schemas.payloads import AmazonReport, CommerceShipped
from schemas.status import AmazonStatus, ImportState, Status
from workers.process.retry import retry_until_stopped

LOOK = 0.2
"""Seconds between two looks at the orders."""

PASSED = list(AmazonStatus)
"""The statuses in the sequence in which an order passes them: a parcel that came early has it go on at once."""

FINAL = {
    Outcome.COMPLETED: Status.COMPLETED,
    Outcome.IMPORTED: Status.UNSHIPPED,
    Outcome.PARTIALLY_SHIPPED: Status.PARTIALLY_SHIPPED,
    Outcome.PENDING: Status.PENDING,
    Outcome.CANCELED: Status.CANCELED,
    Outcome.FBA: Status.COMPLETED,
    Outcome.REPLACEMENT: Status.COMPLETED,
    Outcome.PRE_INTEGRATION: Status.SHIPPED,
    Outcome.VIEW_ONLY: Status.SHIPPED,
}
"""The status of an order at the end; a blocked one has Error, and the blocker of its outcome."""


class WorldRun:
    """Makes a world's events at both ends, each as soon as the event of its order before has had its effect."""

    def __init__(self, world: World, driver: WorldDriver, webhook: ShopWebhook, ledger: Ledger) -> None:
        """Make events by *driver* and *webhook*, and read the orders in *ledger*."""
        self._world = world
        self._driver = driver
        self._webhook = webhook
        self._ledger = ledger
        self._shipped: set[tuple[OrderKey, str]] = set()

    def run(self, progress: Callable[[int, int], None], within: float, spread: float = 0.0) -> None:
        """Make all events and await their effects, *within* so many seconds. *progress* gets counts, made and all.

        The orders begin one after the other, over *spread* seconds. A database that is away is waited for.
        """
        scripts = [deque(script) for script in served_events(self._world)]
        last: dict[int, ServedEvent] = {}
        total, happened = sum(map(len, scripts)), 0
        began, pause = monotonic(), Event()
        while monotonic() < began + within:
            orders = {order.key: order for order in retry_until_stopped(self.orders, "read the orders", pause)}
            begun = len(scripts) * (monotonic() - began) / spread if spread else len(scripts)
            finished = [n < begun if n not in last else _has_effect(orders, last[n]) for n in range(len(scripts))]
            ready = [n for n, script in enumerate(scripts) if script and finished[n]]
            last.update({n: scripts[n].popleft() for n in ready})
            self._happen([last[n] for n in ready])
            happened += len(ready)
            progress(happened, total)
            if happened == total and not self.unfinished(orders):
                return
            pause.wait(LOOK)

    def orders(self) -> list[Order]:
        """Return all orders in their present state, by date of purchase."""
        with self._ledger.read() as work:
            return work.order_lists.page(pager=OrderPager(page_size=len(self._world.orders) + 1)).rows

    def unfinished(self, orders: Mapping[OrderKey, Order]) -> list[OrderKey]:
        """Return the orders that are not in the final state of their scenarios."""
        return [order.key for order in self._world.orders if not _is_final(order.expected, orders.get(order.key))]

    def lost(self, orders: Sequence[Order]) -> int:
        """Count orders that did not end as they should, and parcels that Amazon does not have."""
        _, amazon = self._driver.books()
        confirmed = {
            (order_id, package["trackingNumber"])
            for order_id, order in amazon["orders"].items()
            for package in order["packages"]
        }
        parcels = {(key[1], number) for key, number in self._shipped} - confirmed
        return len(self.unfinished({order.key: order for order in orders})) + len(parcels)

    def doubled(self) -> int:
        """Count by the books: surplus Commerce orders, pieces confirmed twice, stock reserved without reason."""
        return doubled(*self._driver.books())

    def _happen(self, events: Sequence[ServedEvent]) -> None:
        if reports := [event.payload for event in events if isinstance(event.payload, AmazonReport)]:
            self._driver.report(reports)
        for event in events:
            if isinstance(event.payload, CommerceShipped):
                self._ship(event.payload, is_of_shop=event.needs_commerce_order)

    def _ship(self, parcel: CommerceShipped, *, is_of_shop: bool) -> None:
        """Ship a parcel in the shop, whose webhook reports every other one; the poll has to find the others.

        A parcel that does not leave the shop is published by its shipper, as with `crossdock publish`.
        """
        if not is_of_shop:
            retry_until_stopped(partial(self._publish, parcel), "publish a parcel", Event())
        elif shipment_id := self._driver.ship(parcel):
            if shipment_id % 2:
                self._webhook.tell(shipment_id)
        else:
            return
        self._shipped.add((_key_of(parcel), str(parcel.tracking_number)))

    def _publish(self, parcel: CommerceShipped) -> None:
        with self._ledger.begin() as work:
            work.outbox.put([encode(parcel, f"shipment/{parcel.shipment_id}", work.now)])


def doubled(commerce: Any, amazon: Any) -> int:
    """Count doubled effects in the books of Commerce and Amazon: orders, confirmed quantities, reserved stock."""
    created = Counter(order["ext_order_id"] for order in commerce["orders"])
    surplus = sum(count - 1 for count in created.values())
    excess = sum(
        max(0, quantity - order["ordered"][item])
        for order in amazon["orders"].values()
        for item, quantity in order["confirmed"].items()
    )
    drift = sum(abs(pieces) for pieces in commerce["drift"].values())
    return int(surplus + excess + drift)


def _key_of(payload: AmazonReport | CommerceShipped) -> OrderKey:
    """Return the key of the order that a payload is about."""
    return payload.store_id, payload.amazon_order_id


def _has_effect(orders: Mapping[OrderKey, Order], event: ServedEvent) -> bool:
    """Whether an event is known in the ledger and has had its effect."""
    order = orders.get(_key_of(event.payload))
    if order is None:
        return isinstance(event.payload, CommerceShipped) and not event.needs_commerce_order
    if isinstance(event.payload, CommerceShipped):
        number = event.payload.tracking_number
        return any(parcel.tracking_number == number and parcel.confirmed_items for parcel in order.parcels)
    is_known = PASSED.index(order.amazon_status) >= PASSED.index(event.payload.status)
    return is_known and order.import_state is not ImportState.REQUESTED


def _is_final(expected: Outcome, order: Order | None) -> bool:
    if order is None:
        return False
    if expected.blocker:
        return expected.blocker in {blocker.kind for blocker in order.blockers}
    return order.status is FINAL[expected]
