"""The timelines of the demo world's scenarios: the event at each step."""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from gateways.simulator.world.orders import DemoOrder
from gateways.simulator.world.scenarios import Scenario
from schemas.instructions import OrderInstructions
from schemas.money import Money
from schemas.payloads import CommerceShipped, OrderPlaced, StatusChanged
from schemas.status import AmazonStatus


class TimedEvent(NamedTuple):
    """An event and the step at which it is published. `needs_commerce_order`: only once the order is imported."""

    step: int
    payload: OrderPlaced | StatusChanged | CommerceShipped
    needs_commerce_order: bool = False


def timeline(scenario: Scenario, order: DemoOrder) -> list[TimedEvent]:
    """Return the events of a scenario for this order, in the order of their steps."""
    return sorted(_TIMELINES[scenario](order), key=lambda event: event.step)


def _all_quantities(order: DemoOrder) -> tuple[int, ...]:
    return tuple(quantity for _, quantity in order.bought)


def _pending(order: DemoOrder) -> list[TimedEvent]:
    return [TimedEvent(0, order.placed())]


def _unshipped(order: DemoOrder) -> list[TimedEvent]:
    return [*_pending(order), TimedEvent(1, order.paid(AmazonStatus.UNSHIPPED, 1))]


def _shipped(order: DemoOrder) -> list[TimedEvent]:
    return [
        *_unshipped(order),
        TimedEvent(2, order.parcel(1, 2), needs_commerce_order=True),
        TimedEvent(4, order.paid(AmazonStatus.SHIPPED, 4, _all_quantities(order))),
    ]


def _first_parcel(order: DemoOrder) -> list[TimedEvent]:
    first = (order.bought[0][1], *(0 for _ in order.bought[1:]))
    return [
        *_unshipped(order),
        TimedEvent(2, order.parcel(1, 2, lines=(0,)), needs_commerce_order=True),
        TimedEvent(3, order.paid(AmazonStatus.PARTIALLY_SHIPPED, 3, first)),
    ]


def _two_parcels(order: DemoOrder) -> list[TimedEvent]:
    return [
        *_first_parcel(order),
        TimedEvent(3, order.parcel(2, 3), needs_commerce_order=True),
        TimedEvent(4, order.paid(AmazonStatus.SHIPPED, 4, _all_quantities(order))),
    ]


def _shipped_by_amazon(order: DemoOrder) -> list[TimedEvent]:
    return [*_unshipped(order), TimedEvent(4, order.paid(AmazonStatus.SHIPPED, 4, _all_quantities(order)))]


def _canceled_early(order: DemoOrder) -> list[TimedEvent]:
    return [*_pending(order), TimedEvent(2, order.status(AmazonStatus.CANCELED, 2))]


def _canceled_late(order: DemoOrder) -> list[TimedEvent]:
    return [*_unshipped(order), TimedEvent(2, order.status(AmazonStatus.CANCELED, 2), needs_commerce_order=True)]


def _early_parcel(order: DemoOrder) -> list[TimedEvent]:
    return [
        TimedEvent(0, order.parcel(1, 2)),
        TimedEvent(1, order.placed()),
        TimedEvent(2, order.paid(AmazonStatus.UNSHIPPED, 1)),
        TimedEvent(4, order.paid(AmazonStatus.SHIPPED, 4, _all_quantities(order))),
    ]


def _doubled(order: DemoOrder) -> list[TimedEvent]:
    return [event for event in _shipped(order) for _ in range(2)]


def _late(order: DemoOrder) -> list[TimedEvent]:
    """Amazon's first two events arrive in the wrong order, and an outdated status after the last."""
    placed, unshipped, *rest = _shipped(order)
    stale = TimedEvent(5, order.status(AmazonStatus.PENDING, 0))
    return [TimedEvent(0, unshipped.payload), TimedEvent(1, placed.payload), *rest, stale]


def _with_facts(order: DemoOrder, **facts: object) -> list[TimedEvent]:
    """Return an order that is paid, with other facts than it should have."""
    return [*_pending(order), TimedEvent(1, order.paid(AmazonStatus.UNSHIPPED, 1).model_copy(update=facts))]


def _bad_address(order: DemoOrder) -> list[TimedEvent]:
    address = order.paid(AmazonStatus.UNSHIPPED, 1).shipping_address
    return _with_facts(order, shipping_address=address and address.model_copy(update={"region": "Nowhere"}))


def _bad_total(order: DemoOrder) -> list[TimedEvent]:
    return _with_facts(order, order_total=Money(currency=order.currency, amount=Decimal(1)))


def _no_address(order: DemoOrder) -> list[TimedEvent]:
    return _with_facts(order, shipping_address=None, buyer=None)


def _wants_cancel(order: DemoOrder) -> list[TimedEvent]:
    return _with_facts(order, instructions=OrderInstructions(buyer_cancellation=True))


_TIMELINES: dict[Scenario, Callable[[DemoOrder], list[TimedEvent]]] = {
    Scenario.SHIPPED: _shipped,
    Scenario.IMPORTED: _unshipped,
    Scenario.FIRST_PARCEL: _first_parcel,
    Scenario.PENDING: _pending,
    Scenario.CANCELED_LATE: _canceled_late,
    Scenario.FBA: _shipped_by_amazon,
    Scenario.REPLACEMENT: _shipped,
    Scenario.OLD: _shipped_by_amazon,
    Scenario.VIEW_ONLY: _shipped_by_amazon,
    Scenario.MISSING: _unshipped,
    Scenario.DISABLED: _unshipped,
    Scenario.SOLD_OUT: _unshipped,
    Scenario.EARLY_PARCEL: _early_parcel,
    Scenario.TWO_PARCELS: _two_parcels,
    Scenario.CANCELED_EARLY: _canceled_early,
    Scenario.DOUBLED: _doubled,
    Scenario.LATE: _late,
    Scenario.BAD_ADDRESS: _bad_address,
    Scenario.BAD_TOTAL: _bad_total,
    Scenario.NO_ADDRESS: _no_address,
    Scenario.WANTS_CANCEL: _wants_cancel,
}
