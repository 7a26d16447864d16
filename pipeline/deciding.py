"""Deciding a batch: each event in turn, the second event of an order on the first one's outcome."""

from dataclasses import dataclass, field
from typing import NamedTuple

from events.envelope import Event
from handlers.decision import Decision, Handler, OrderContext
from pipeline.external_requests import Answers
from pipeline.lazy_log import LazyLogger
from pipeline.lookup import BatchState
from pipeline.safe_errors import location
from schemas.errors import RetryableError
from schemas.order import Order, OrderKey

log = LazyLogger(__name__)


class DecidedEvent(NamedTuple):
    """What was decided about one event, and the order before."""

    event: Event
    decision: Decision
    before: Order | None


@dataclass(slots=True)
class DecidedBatch:
    """A decided batch: rulings to be written, events put off with the failure that passes, events for another round.

    `mark` is the mark of wake-ups from before the outside was asked, if it was asked.
    """

    events: list[DecidedEvent] = field(default_factory=list)
    deferred: list[tuple[Event, RetryableError]] = field(default_factory=list)
    again: list[Event] = field(default_factory=list)
    mark: int | None = None


def decide_batch(handler: Handler, looked: BatchState, asked: Answers) -> DecidedBatch:
    """Decide about all events that were looked up. A handler that raises makes a dead letter of its event alone."""
    decided = DecidedBatch(mark=asked.mark)
    for event in looked.events:
        if event.key in asked.failures:
            decided.deferred.append((event, asked.failures[event.key]))
        elif handler.ask and _is_outdated(event, looked, asked):
            decided.again.append(event)
        else:
            decided.events.append(_rule(handler, looked, asked, event))
    return decided


def _is_outdated(event: Event, looked: BatchState, asked: Answers) -> bool:
    """Tell whether an event has no answer that counts: none was asked for it, or for the order as it was then."""
    order = looked.context_of(event).order
    return asked.versions.get(event.key) != (order.version if order else 0)


def _rule(handler: Handler, looked: BatchState, asked: Answers, event: Event) -> DecidedEvent:
    known = looked.context_of(event)
    decision = _decide(handler, known, event, asked)
    key = event.order
    if key and decision.order:
        looked.orders[key] = decision.order
    if key and decision.personal:
        looked.personal[key] = decision.personal
    return DecidedEvent(event, decision, known.order)


def _decide(handler: Handler, known: OrderContext, event: Event, asked: Answers) -> Decision:
    try:
        return handler.decide(known, event.payload, asked.answers.get(event.key, ()))
    except Exception as error:  # noqa: BLE001 - a fault in a handler must cost its own event only
        # The exception's text may repeat personal data, so only its kind and place are kept.
        log.error("handler failed", taking=event.name, event_id=event.id, fault=location(error))  # noqa: TRY400
        return Decision(
            rejection=f"The handler of {event.name} failed: {location(error)}. This is a fault in Crossdock."
        )


class OrderChange(NamedTuple):
    """An order that is to be written: how it was stored, how it shall be, and the last ruling on it."""

    stored: Order | None
    after: Order
    decided: DecidedEvent


OrderChanges = dict[OrderKey, OrderChange]


def changes_of(decided: DecidedBatch) -> OrderChanges:
    """Return what rulings change. An order's version counts how often it is written, not how often it was ruled on."""
    changes: OrderChanges = {}
    for ruling in decided.events:
        after = ruling.decision.order
        if after:
            stored = changes[after.key].stored if after.key in changes else ruling.before
            version = stored.version + 1 if stored else 1
            changes[after.key] = OrderChange(stored, after.model_copy(update={"version": version}), ruling)
    return changes
