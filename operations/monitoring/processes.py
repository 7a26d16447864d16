"""Evaluates reports of processes: those that are gone or stuck, and each consumer's unacknowledged messages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.fields import Moment
from schemas.processes import ConsumerReport, RunningProcess
from schemas.value import Value

GONE_AFTER = timedelta(seconds=30)
"""Without a report for so long, a process counts as gone: it reports every five seconds, and removes its last."""

STUCK_AFTER = timedelta(minutes=2)
"""So long may a consumer hold messages and acknowledge none: a call of Commerce may take one minute."""


class ProcessState(Value):
    """A process by its latest report; `gone` when that is old: it was killed, or cannot reach the database."""

    name: str
    host: str
    pid: int
    version: str
    started_at: Moment
    seen_at: Moment
    gone: bool
    read_only: bool
    unacknowledged: int


@dataclass(frozen=True, slots=True)
class ConsumerSums:
    """The reports of all live processes on one consumer, in sum.

    `processes` is their number; `stuck_since` the time since which the first of them has acknowledged none of its
    messages, if that is long ago; `breaker_open_since` the time when the first open breaker opened.
    """

    processes: int = 0
    unacknowledged: int = 0
    stuck_since: datetime | None = None
    breaker_open_since: datetime | None = None


def state_of(process: RunningProcess, now: datetime) -> ProcessState:
    """Return a process as it is shown at this instant."""
    return ProcessState(
        name=process.name,
        host=process.host,
        pid=process.pid,
        version=process.version,
        started_at=process.started_at,
        seen_at=process.seen_at,
        gone=is_gone(process, now),
        read_only=process.read_only,
        unacknowledged=sum(consumer.unacknowledged for consumer in process.consumers),
    )


def is_gone(process: RunningProcess, now: datetime) -> bool:
    """Whether a process has not reported for long."""
    return process.seen_at < now - GONE_AFTER


def sums_by_consumer(processes: Iterable[RunningProcess], now: datetime) -> dict[str, ConsumerSums]:
    """Return the sums of the live processes, by consumer. Messages of a process that is gone were delivered again."""
    reports: dict[str, list[ConsumerReport]] = {}
    for process in processes:
        for consumer in () if is_gone(process, now) else process.consumers:
            reports.setdefault(consumer.name, []).append(consumer)
    return {name: _joined(of_one, now) for name, of_one in reports.items()}


def _joined(reports: Sequence[ConsumerReport], now: datetime) -> ConsumerSums:
    return ConsumerSums(
        processes=len(reports),
        unacknowledged=sum(report.unacknowledged for report in reports),
        stuck_since=min(
            (report.stuck_since for report in reports if report.stuck_since and is_stuck(report, now)), default=None
        ),
        breaker_open_since=min(
            (report.breaker_open_since for report in reports if report.breaker_open_since), default=None
        ),
    )


def is_stuck(report: ConsumerReport, now: datetime) -> bool:
    """Whether a consumer has held messages for long and acknowledged none."""
    return report.stuck_since is not None and report.stuck_since < now - STUCK_AFTER


def stuck_consumers(process: RunningProcess, now: datetime) -> dict[str, str]:
    """Return a sentence for each consumer that has held messages for long and acknowledged none, by its name."""
    return {
        consumer.name: f"The consumer {consumer.name} of process {process.pid} on {process.host} has held"
        f" {consumer.unacknowledged:,} messages since {consumer.stuck_since:%Y-%m-%d %H:%M} UTC and acknowledged none;"
        " its log and its /readyz name the cause."
        for consumer in process.consumers
        if is_stuck(consumer, now)
    }
