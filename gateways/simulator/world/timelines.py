"""How each story of the demo's world is told: which message comes at which step."""

from collections.abc import Callable
from typing import NamedTuple

from gateways.simulator.world.orders import DemoOrder
from gateways.simulator.world.scenarios import Story
from schemas.payloads import CommerceShipped, OrderPlaced, StatusChanged
from schemas.status import AmazonStatus


class TimedEvent(NamedTuple):
    """A message and the step it comes at."""

    step: int
    payload: OrderPlaced | StatusChanged | CommerceShipped
    needs_commerce_order: bool = False


def timeline(story: Story, draft: DemoOrder) -> list[TimedEvent]:
    """Return the messages of a story about this order, in the order of their steps."""
    return sorted(_TIMELINES[story](draft), key=lambda cue: cue.step)


def _all_sent(draft: DemoOrder) -> tuple[int, ...]:
    return tuple(pieces for _, pieces in draft.bought)


def _pending(draft: DemoOrder) -> list[TimedEvent]:
    return [TimedEvent(0, draft.placed())]


def _unshipped(draft: DemoOrder) -> list[TimedEvent]:
    return [*_pending(draft), TimedEvent(1, draft.paid(AmazonStatus.UNSHIPPED, 1))]


def _shipped(draft: DemoOrder) -> list[TimedEvent]:
    return [
        *_unshipped(draft),
        TimedEvent(2, draft.parcel(1, 2), needs_commerce_order=True),
        TimedEvent(4, draft.paid(AmazonStatus.SHIPPED, 4, _all_sent(draft))),
    ]


def _first_parcel(draft: DemoOrder) -> list[TimedEvent]:
    first = (draft.bought[0][1], *(0 for _ in draft.bought[1:]))
    return [
        *_unshipped(draft),
        TimedEvent(2, draft.parcel(1, 2, lines=(0,)), needs_commerce_order=True),
        TimedEvent(3, draft.paid(AmazonStatus.PARTIALLY_SHIPPED, 3, first)),
    ]


def _two_parcels(draft: DemoOrder) -> list[TimedEvent]:
    return [
        *_first_parcel(draft),
        TimedEvent(3, draft.parcel(2, 3), needs_commerce_order=True),
        TimedEvent(4, draft.paid(AmazonStatus.SHIPPED, 4, _all_sent(draft))),
    ]


def _sent_by_amazon(draft: DemoOrder) -> list[TimedEvent]:
    return [*_unshipped(draft), TimedEvent(4, draft.paid(AmazonStatus.SHIPPED, 4, _all_sent(draft)))]


def _canceled_early(draft: DemoOrder) -> list[TimedEvent]:
    return [*_pending(draft), TimedEvent(2, draft.status(AmazonStatus.CANCELED, 2))]


def _canceled_late(draft: DemoOrder) -> list[TimedEvent]:
    return [*_unshipped(draft), TimedEvent(2, draft.status(AmazonStatus.CANCELED, 2), needs_commerce_order=True)]


def _early_parcel(draft: DemoOrder) -> list[TimedEvent]:
    return [
        TimedEvent(0, draft.parcel(1, 2)),
        TimedEvent(1, draft.placed()),
        TimedEvent(2, draft.paid(AmazonStatus.UNSHIPPED, 1)),
        TimedEvent(4, draft.paid(AmazonStatus.SHIPPED, 4, _all_sent(draft))),
    ]


def _doubled(draft: DemoOrder) -> list[TimedEvent]:
    return [cue for cue in _shipped(draft) for _ in range(2)]


def _late(draft: DemoOrder) -> list[TimedEvent]:
    """Amazon's first two messages come in the wrong order, and a stale status comes after the last."""
    placed, unshipped, *rest = _shipped(draft)
    stale = TimedEvent(5, draft.status(AmazonStatus.PENDING, 0))
    return [TimedEvent(0, unshipped.payload), TimedEvent(1, placed.payload), *rest, stale]


_TIMELINES: dict[Story, Callable[[DemoOrder], list[TimedEvent]]] = {
    Story.SHIPPED: _shipped,
    Story.IMPORTED: _unshipped,
    Story.FIRST_PARCEL: _first_parcel,
    Story.PENDING: _pending,
    Story.CANCELED_LATE: _canceled_late,
    Story.FBA: _sent_by_amazon,
    Story.REPLACEMENT: _shipped,
    Story.OLD: _sent_by_amazon,
    Story.VIEW_ONLY: _sent_by_amazon,
    Story.MISSING: _unshipped,
    Story.DISABLED: _unshipped,
    Story.SOLD_OUT: _unshipped,
    Story.EARLY_PARCEL: _early_parcel,
    Story.TWO_PARCELS: _two_parcels,
    Story.CANCELED_EARLY: _canceled_early,
    Story.DOUBLED: _doubled,
    Story.LATE: _late,
}
