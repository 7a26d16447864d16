"""The metrics of waiting rows and messages in ledger and broker, made of one reading."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import TypeVar

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from events.registry import CONSUMERS
from operations.monitoring.processes import ConsumerSums
from operations.monitoring.queues import QueueLook
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetterType
from schemas.figures import Figures, Waiting

Labels = TypeVar("Labels", bound=tuple[str, ...])
"""The values of a metric's labels."""

NONE = Waiting(rows=0)


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of the state, and its time: by the ledger's clock, and by this process's monotonic one.

    `sums` are the processes' reports of each consumer; `sellers` are the names of those on Amazon by their accounts.
    """

    figures: Figures
    queues: Mapping[str, QueueLook]
    sums: Mapping[str, ConsumerSums]
    now: datetime
    at: float = field(default_factory=monotonic)
    sellers: Mapping[str, str] = field(default_factory=dict)


def families(reading: Reading) -> Iterator[Metric]:
    """Return the metrics of a reading. Names of a fixed set are there with 0, so that a rule sees their end."""
    figures, now = reading.figures, reading.now
    yield _gauge("crossdock_state_age_seconds", "Time since the last reading.", (), {(): monotonic() - reading.at})
    yield from _queues(reading.queues)
    yield from _sums(reading.sums, now)
    outbox = _complete(figures.outbox, ("due", "retry", "scheduled", "refused"))
    yield _rows(
        "crossdock_outbox_messages", "Unsent messages of the outbox, by state; at most 20,000.", "state", outbox
    )
    due = {(): _age(outbox["due"], now)}
    yield _gauge("crossdock_outbox_lag_seconds", "Time that the oldest due message is unsent.", (), due)
    yield from _both("crossdock_dead_letters", "open dead letters", "class", figures.letters, _of(DeadLetterType), now)
    yield from _both("crossdock_blocked_orders", "blocked orders", "cause", figures.blocked, _of(BlockerKind), now)
    early = ("order", "store")
    yield from _both("crossdock_deferred_events", "events that wait for another", "for", figures.early, early, now)
    changed = {"amazon": figures.changed_orders}
    yield from _both("crossdock_changed_orders", "orders to be got, which changed", "system", changed, ("amazon",), now)
    yield from _replays(figures)
    yield from _external(figures, reading.sellers)
    yield from _jobs(figures, now)


def _of(kinds: type[BlockerKind] | type[DeadLetterType]) -> tuple[str, ...]:
    return tuple(kind.value for kind in kinds)


def _queues(queues: Mapping[str, QueueLook]) -> Iterator[Metric]:
    label = ("queue",)
    by_name = {(name,): queue for name, queue in queues.items()}
    messages = {key: queue.ready for key, queue in by_name.items()}
    yield _gauge("crossdock_queue_messages", "Messages ready in a queue.", label, messages)
    consumers = {key: queue.subscriptions for key, queue in by_name.items()}
    yield _gauge("crossdock_queue_consumers", "Subscriptions to a queue.", label, consumers)
    waits = {key: queue.not_empty for key, queue in by_name.items()}
    text = "Time since which each look at a queue found messages: none in it is older."
    yield _gauge("crossdock_queue_not_empty_seconds", text, label, waits)


def _sums(sums: Mapping[str, ConsumerSums], now: datetime) -> Iterator[Metric]:
    by_consumer = {(name,): sums.get(name, ConsumerSums()) for name in CONSUMERS}
    messages = {key: consumer.unacknowledged for key, consumer in by_consumer.items()}
    text = "Messages that processes have received and not acknowledged."
    yield _gauge("crossdock_unacknowledged_messages", text, ("consumer",), messages)
    seconds = {key: _since(consumer.stuck_since, now) for key, consumer in by_consumer.items()}
    text = "Time for which a process has held messages and acknowledged none; 0 up to two minutes."
    yield _gauge("crossdock_stuck_seconds", text, ("consumer",), seconds)


def _replays(figures: Figures) -> Iterator[Metric]:
    states = {(state,): figures.replays.get(state, 0) for state in ("running", "paused", "stopped")}
    yield _gauge("crossdock_replays", "Replays that have not ended, by state.", ("state",), states)
    letters = {(state,): figures.replay_letters.get(state, 0) for state in ("planned", "claimed", "sent")}
    text = "Letters of replays that have not ended: planned in all, not sent yet (claimed), without an outcome (sent)."
    yield _gauge("crossdock_replay_letters", text, ("state",), letters)


def _external(figures: Figures, sellers: Mapping[str, str]) -> Iterator[Metric]:
    text = "Calls that failed within the last hour; at most 20,000."
    yield _gauge("crossdock_communication_errors", text, ("system", "seller", "outcome"), figures.errors)
    text = "Time until all calls that a system grants have grown again; long when its rate is used up."
    debts: dict[tuple[str, str, str], float] = {}
    for (system, account, operation), seconds in figures.budgets.items():
        # A seller's id is nothing for a label; accounts without a name are those of no list, or of before.
        key = (system, sellers.get(account, ""), operation)
        debts[key] = max(seconds, debts.get(key, 0.0))
    yield _gauge("crossdock_rate_budget_debt_seconds", text, ("system", "seller", "operation"), debts)


def _jobs(figures: Figures, now: datetime) -> Iterator[Metric]:
    ages = {(job,): max(0.0, (now - run.at).total_seconds()) for job, run in figures.jobs.items()}
    yield _gauge("crossdock_job_age_seconds", "Time since the last run of a job was due.", ("job",), ages)
    failed = {(job,): int(run.failed) for job, run in figures.jobs.items()}
    yield _gauge("crossdock_job_failed", "1 if the last run of a job failed.", ("job",), failed)


def _both(
    name: str, text: str, label: str, waiting: Mapping[str, Waiting], values: Iterable[str], now: datetime
) -> Iterator[Metric]:
    complete = _complete(waiting, values)
    yield _rows(name, f"Number of {text}; at most 20,000.", label, complete)
    ages = {(key,): _age(each, now) for key, each in complete.items()}
    yield _gauge(f"{name}_oldest_seconds", f"Age of the oldest of the {text}.", (label,), ages)


def _complete(waiting: Mapping[str, Waiting], values: Iterable[str]) -> dict[str, Waiting]:
    return {**dict.fromkeys(values, NONE), **waiting}


def _age(waiting: Waiting, now: datetime) -> float:
    return _since(waiting.oldest, now)


def _since(at: datetime | None, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds()) if at else 0.0


def _rows(name: str, text: str, label: str, waiting: Mapping[str, Waiting]) -> Metric:
    return _gauge(name, text, (label,), {(key,): each.rows for key, each in waiting.items()})


def _gauge(name: str, text: str, labels: tuple[str, ...], values: Mapping[Labels, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family
