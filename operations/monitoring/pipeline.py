"""Reads the state of the pipeline: the ledger's figures, the queues, and the latest rates."""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

from events.registry import CONSUMERS
from events.topology import UNROUTED, dead_letter_queue
from ledger.ledger import Ledger
from operations.monitoring.models import (
    BrokerState,
    BudgetState,
    ConsumerState,
    FailedCalls,
    JobState,
    PipelineState,
    Sample,
    WaitingState,
)
from operations.monitoring.processes import ConsumerSums, ProcessState, is_gone, state_of, sums_by_consumer
from operations.monitoring.queues import QueueLook, QueueWatch
from schemas.amazon_sellers import AmazonSeller
from schemas.figures import Figures, Waiting
from schemas.processes import QueueReport, RunningProcess

READING_LIFETIME = 1.5
"""Seconds that a reading serves everybody who asks, so that many open pages cost as much as one."""

RATE_WINDOW = timedelta(seconds=30)
SAMPLES = 450
"""Points of the charts: 15 minutes at one in two seconds."""

NO_EMBEDDED_QUEUES = (
    "The queues are inside the process that runs the consumers, and none reports any: start `crossdock up`."
)
_MARKS = {"first start", "reconciled_until"}
"""Instants that workers keep among the jobs, and that are no job's run."""

_NOTHING = QueueLook(0, 0, 0.0)


class PipelineReader:
    """Reads the state for everybody who asks. Safe to be used by several threads."""

    def __init__(self, ledger: Ledger, queues: QueueWatch | None, sellers: Sequence[AmazonSeller] = ()) -> None:
        """Read *ledger* and, where they can be looked at, *queues*; *sellers* are named with their budgets."""
        self._sellers = {seller.account: seller.name for seller in sellers if seller.name}
        self._ledger = ledger
        self._queues = queues
        self._lock = Lock()
        self._latest: tuple[float, PipelineState] | None = None
        self._samples: deque[Sample] = deque(maxlen=SAMPLES)

    def read(self) -> PipelineState:
        """Return the state of this moment. Raises RetryableError while the ledger is unavailable."""
        with self._lock:
            if self._latest is None or monotonic() - self._latest[0] > READING_LIFETIME:
                self._latest = monotonic(), self._read()
            return self._latest[1]

    def _read(self) -> PipelineState:
        with self._ledger.read() as work:
            figures, now = work.figures.read(), work.now
            handled = work.history.handled_since(now - RATE_WINDOW)
            processes = work.processes.all()
        looks, problem = self._queues.look() if self._queues else _reported(processes, now)
        broker = BrokerState(
            reachable=problem is None,
            embedded=self._queues is None or self._queues.is_embedded,
            problem=problem,
            unrouted=looks.get(UNROUTED, _NOTHING).ready,
        )
        sums = sums_by_consumer(processes, now)
        consumers = tuple(
            _consumer(name, event, looks, handled.get(event, 0.0), sums.get(name, ConsumerSums()))
            for name, event in CONSUMERS.items()
        )
        states = tuple(state_of(process, now) for process in processes)
        return self._state(figures, now, broker, consumers, states, sum(handled.values()))

    def _state(
        self,
        figures: Figures,
        now: datetime,
        broker: BrokerState,
        consumers: tuple[ConsumerState, ...],
        processes: tuple[ProcessState, ...],
        per_second: float,
    ) -> PipelineState:
        self._samples.append(
            Sample(
                at=now.timestamp(),
                per_second=per_second,
                ready=sum(consumer.ready for consumer in consumers),
                open_letters=sum(waiting.rows for waiting in figures.letters.values()),
            )
        )
        return PipelineState(
            at=now,
            broker=broker,
            consumers=consumers,
            per_second=per_second,
            outbox=_waiting(figures.outbox, now),
            deferred=_waiting(figures.early, now),
            letters=_waiting(figures.letters, now),
            blocked=_waiting(figures.blocked, now),
            changed_orders=_one("amazon", figures.changed_orders, now),
            processes=processes,
            budgets=tuple(
                BudgetState(
                    system=system, seller=self._sellers.get(account), operation=operation, full_in_seconds=seconds
                )
                for (system, account, operation), seconds in sorted(figures.budgets.items())
            ),
            failed_calls=tuple(
                FailedCalls(system=system, seller=seller or None, outcome=outcome, calls=calls)
                for (system, seller, outcome), calls in sorted(figures.errors.items())
            ),
            jobs=tuple(
                JobState(name=name, ran_at=run.at, failed=run.failed)
                for name, run in sorted(figures.jobs.items())
                if name not in _MARKS
            ),
            samples=tuple(self._samples),
        )


def _reported(processes: Sequence[RunningProcess], now: datetime) -> tuple[Mapping[str, QueueLook], str | None]:
    """Return the queues that a live process has in its memory; without one the sentence why there are none."""
    for process in processes:
        if process.queues and not is_gone(process, now):
            return {queue.name: _look_of(queue, now) for queue in process.queues}, None
    return {}, NO_EMBEDDED_QUEUES


def _look_of(queue: QueueReport, now: datetime) -> QueueLook:
    not_empty = (now - queue.not_empty_since).total_seconds() if queue.not_empty_since else 0.0
    return QueueLook(queue.ready, queue.subscriptions, not_empty)


def _consumer(name: str, event: str, looks: Mapping[str, QueueLook], rate: float, sums: ConsumerSums) -> ConsumerState:
    look = looks.get(name, _NOTHING)
    return ConsumerState(
        name=name,
        event=event,
        ready=look.ready,
        subscriptions=look.subscriptions,
        dead=looks.get(dead_letter_queue(name), _NOTHING).ready,
        unacknowledged=sums.unacknowledged,
        reporting=sums.processes,
        stuck_since=sums.stuck_since,
        breaker_open_since=sums.breaker_open_since,
        not_empty_seconds=look.not_empty,
        per_second=rate,
        drain_seconds=look.ready / rate if rate else (None if look.ready else 0.0),
    )


def _waiting(figures: Mapping[str, Waiting], now: datetime) -> tuple[WaitingState, ...]:
    return tuple(_one(name, waiting, now) for name, waiting in sorted(figures.items()) if waiting.rows)


def _one(name: str, waiting: Waiting, now: datetime) -> WaitingState:
    oldest = (now - waiting.oldest).total_seconds() if waiting.oldest else None
    return WaitingState(name=name, rows=waiting.rows, oldest_seconds=oldest)
