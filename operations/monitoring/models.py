"""The state of the pipeline at one instant. None of it has personal data."""

from operations.monitoring.processes import ProcessState
from schemas.fields import Moment
from schemas.value import Value


class ConsumerState(Value):
    """A consumer's queue: ready messages, subscriptions, and those set aside by the broker.

    As our processes report it, every five seconds: `reporting` of them run the consumer and hold `unacknowledged`
    messages; `stuck_since` is since when one acknowledges none of those, if that is long ago, and `breaker_open_since`
    when the first open circuit breaker opened. Where there are more `subscriptions`, the others report nothing.
    `not_empty_seconds`: each look since then has found messages, so the oldest is not older. `per_second`: its events
    that were handled of late. `drain_seconds`: the time to empty the queue at that rate; None when nothing is handled.
    """

    name: str
    event: str
    ready: int
    subscriptions: int
    dead: int
    unacknowledged: int
    reporting: int
    stuck_since: Moment | None
    breaker_open_since: Moment | None
    not_empty_seconds: float
    per_second: float
    drain_seconds: float | None


class BrokerState(Value):
    """The broker: whether it can be looked at; if not, `problem` is a sentence.

    Embedded, it is inside the process that runs the consumers, which reports its queues.
    """

    reachable: bool
    embedded: bool
    problem: str | None = None
    unrouted: int = 0


class WaitingState(Value):
    """Something that waits in the ledger: how much, at most 20,000, and for how long the oldest."""

    name: str
    rows: int
    oldest_seconds: float | None


class BudgetState(Value):
    """Calls that an external system grants: the seconds until all have grown again, 0 when none is used.

    `seller` is the name of one of several; null: the only one, or one that is no longer connected.
    """

    system: str
    seller: str | None
    operation: str
    full_in_seconds: float


class FailedCalls(Value):
    """Calls to an external system that failed within the last hour, for one of several sellers where it is named."""

    system: str
    seller: str | None
    outcome: str
    calls: int


class JobState(Value):
    """A scheduled job's last run."""

    name: str
    ran_at: Moment
    failed: bool


class Sample(Value):
    """A point of the charts: seconds since 1970, events handled a second, messages ready, letters open."""

    at: float
    per_second: float
    ready: int
    open_letters: int


class PipelineState(Value):
    """The whole state."""

    at: Moment
    broker: BrokerState
    consumers: tuple[ConsumerState, ...]
    per_second: float
    outbox: tuple[WaitingState, ...]
    deferred: tuple[WaitingState, ...]
    letters: tuple[WaitingState, ...]
    blocked: tuple[WaitingState, ...]
    changed_orders: WaitingState
    processes: tuple[ProcessState, ...]
    budgets: tuple[BudgetState, ...]
    failed_calls: tuple[FailedCalls, ...]
    jobs: tuple[JobState, ...]
    samples: tuple[Sample, ...]
