"""Reports of running processes about themselves: their consumers, the queues they hold, and read-only mode."""

from schemas.fields import Moment
from schemas.value import Value


class ConsumerReport(Value):
    """A consumer in a process: the deliveries that it has not acknowledged, and its circuit breaker.

    `stuck_since` is the instant since which it has had some and acknowledged none, `breaker_open_since` the one at
    which its breaker opened; None otherwise.
    """

    name: str
    unacknowledged: int
    stuck_since: Moment | None = None
    breaker_open_since: Moment | None = None


class QueueReport(Value):
    """A queue in the memory of the process that reports it; each report since `not_empty_since` found messages."""

    name: str
    ready: int
    subscriptions: int
    not_empty_since: Moment | None = None


class RunningProcess(Value):
    """A process: its name, the machine, and its latest report, which is of the instant `seen_at`.

    `queues` are reported where the broker is inside the process.
    """

    id: str
    name: str
    host: str
    pid: int
    version: str
    started_at: Moment
    seen_at: Moment
    consumers: tuple[ConsumerReport, ...] = ()
    queues: tuple[QueueReport, ...] = ()
    read_only: bool = False
