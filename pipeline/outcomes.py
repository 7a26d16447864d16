"""Outcomes of events, counted batch by batch."""

from collections import Counter
from enum import StrEnum

from pipeline.deciding import DecidedBatch
from pipeline.lookup import BatchState
from schemas.order import Order
from schemas.payloads import ImportRequested
from schemas.status import ImportState


class Outcome(StrEnum):
    """The outcome of an event. `blocked`: an import was requested, and the order is blocked after it."""

    HANDLED = "handled"
    BLOCKED = "blocked"
    REPEATED = "repeated"
    EARLY = "early"
    DEFERRED = "deferred"
    DEAD_LETTERED = "dead_lettered"


Outcomes = Counter[Outcome]


def count_outcomes(state: BatchState, decided: DecidedBatch) -> Outcomes:
    """Count the outcomes of a batch. Events that are asked about again have none yet."""
    handled = blocked = early = 0
    rejected = len(state.reused)
    for event, decision, before in decided.events:  # in numbers: a counter by outcome costs an event ten times as much
        if decision.rejection is not None:
            rejected += 1
        elif decision.defer:
            early += 1
        elif isinstance(event.payload, ImportRequested) and _is_blocked(decision.order or before):
            blocked += 1
        else:
            handled += 1
    return Counter(
        {
            Outcome.HANDLED: handled,
            Outcome.BLOCKED: blocked,
            Outcome.REPEATED: len(state.repeats),
            Outcome.EARLY: early,
            Outcome.DEFERRED: len(decided.deferred),
            Outcome.DEAD_LETTERED: rejected,
        }
    )


def _is_blocked(order: Order | None) -> bool:
    return order is not None and order.import_state is ImportState.BLOCKED
