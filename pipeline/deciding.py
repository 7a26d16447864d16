"""Deciding a batch: each event in turn, the second event of an order on the outcome of the first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from events.envelope import Event
from handlers.decision import Decision, Handler, OrderContext
from pipeline.external_requests import Answers
from pipeline.lazy_log import LazyLogger
from pipeline.lookup import BatchState, RunningState
from schemas.errors import RetryableError
from schemas.order import Order, OrderKey
from schemas.safe_errors import location

log = LazyLogger(__name__)


NEEDS_STORE = "Deferred until its store is added."


class DecidedEvent(NamedTuple):
    """An event, the decision about it, and its order before."""

    event: Event
    decision: Decision
    before: Order | None


@dataclass(frozen=True, slots=True)
class DecidedBatch:
    """A decided batch: decisions to write, events deferred by a transient failure, events that need another round.

    `mark` is the number of the last wake-up before the external systems were asked, None if they were not.
    """

    events: list[DecidedEvent] = field(default_factory=list)
    deferred: list[tuple[Event, RetryableError]] = field(default_factory=list)
    again: list[Event] = field(default_factory=list)
    mark: int | None = None


def decide_batch(handler: Handler, state: BatchState, answers: Answers) -> DecidedBatch:
    """Decide all events of the batch. A handler that raises causes a dead letter of its event alone."""
    decided = DecidedBatch(mark=answers.mark)
    running, unknown_stores = RunningState(state), state.unknown_stores
    for event in state.events:
        context = running.context_of(event)
        if reason := state.refusals.get(event.key):
            decided.events.append(DecidedEvent(event, Decision(rejection=reason), context.order))
        elif unknown_stores and event.order and event.order[0] in unknown_stores:
            decided.events.append(DecidedEvent(event, Decision(defer=True, note=NEEDS_STORE), None))
        elif event.key in answers.failures:
            decided.deferred.append((event, answers.failures[event.key]))
        elif handler.ask and _is_outdated(event, context, answers):
            decided.again.append(event)
        else:
            decision = _decide(handler, context, event, answers)
            running.apply(event.order, decision)
            decided.events.append(DecidedEvent(event, decision, context.order))
    return decided


def _is_outdated(event: Event, context: OrderContext, answers: Answers) -> bool:
    """Whether an event was not asked about, or about an older version of its order."""
    return answers.versions.get(event.key) != (context.order.version if context.order else 0)


def _decide(handler: Handler, context: OrderContext, event: Event, answers: Answers) -> Decision:
    try:
        return handler.decide(context, event.payload, answers.answers.get(event.key, ()))
    except Exception as error:  # noqa: BLE001 - a fault in a handler must cost its own event only
        # The exception's text may repeat personal data, so only its kind and location are kept.
        log.error("handler failed", event_name=event.name, event_id=event.id, error=location(error))  # noqa: TRY400
        return Decision(
            rejection=f"The handler of {event.name} failed: {location(error)}. This is a fault in Crossdock."
        )


class OrderChange(NamedTuple):
    """An order to be written: as it is stored, as it shall be, and the last decision about it."""

    stored: Order | None
    after: Order
    decided: DecidedEvent


OrderChanges = Mapping[OrderKey, OrderChange]


def changes_of(decided: DecidedBatch) -> OrderChanges:
    """Return the changed orders. A version counts writes of an order, not the decisions about it."""
    changes: dict[OrderKey, OrderChange] = {}
    for ruling in decided.events:
        after = ruling.decision.order
        if after:
            stored = changes[after.key].stored if after.key in changes else ruling.before
            version = stored.version + 1 if stored else 1
            changes[after.key] = OrderChange(stored, after.with_fields(version=version), ruling)
    return changes
