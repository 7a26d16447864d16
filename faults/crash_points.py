"""Named points at which a process of the product kills itself, as a power cut would. The product knows nothing of it.

A crash is written `WHO/POINT#N`: in the loop of WHO (a consumer, `relay`, `collector`, `clock`, `replay`), at the
Nth passing of POINT.
"""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from events.rabbitmq.bus import RabbitMqBus
from events.rabbitmq.confirms import RabbitConfirmation
from events.rabbitmq.subscription import RabbitSubscription
from events.registry import CONSUMERS, PAYLOADS
from faults.patches import Pass, around, put
from gateways.simulator.gateways import SimulatedGateways
from handlers import HANDLERS
from ledger.ledger import Ledger
from ledger.messages.outbox import Outbox
from ledger.unit_of_work import UnitOfWork
from pipeline.processor import BatchProcessor
from workers import scheduler
from workers.jobs import Job

CRASH, CRASHED = "CROSSDOCK_TEST_CRASH", "CROSSDOCK_TEST_CRASHED"
"""Variables: the crash that is wanted; the file that a process writes its crash to, just before it."""

CONSUMING = (
    "after_receive",
    "before_commit",
    "after_commit",
    "after_step",
    "before_publish",
    "after_publish",
    "after_confirm",
    "before_ack",
    "after_ack",
)
ASKING = ("before_asking", "after_asking")
RELAYING = (
    "after_claim",
    "after_commit",
    "before_publish",
    "after_publish",
    "after_confirm",
    "before_mark",
    "after_mark",
)
COLLECTING = ("after_receive", "before_commit", "after_commit", "before_ack", "after_ack")
KEEPING_TIME = ("before_job", "before_commit", "after_commit", "after_job")


def points() -> Mapping[str, tuple[str, ...]]:
    """Return the points that each loop passes."""
    asking = {name for name, event in CONSUMERS.items() if HANDLERS[PAYLOADS[event]].ask}
    found = {name: CONSUMING + (ASKING if name in asking else ()) for name in CONSUMERS}
    return {**found, "relay": RELAYING, "collector": COLLECTING, "scheduler": KEEPING_TIME}


THREADS = {"replay": "MainThread"}
"""Who runs in a thread of another name than its own."""


@dataclass(frozen=True, slots=True)
class Crash:
    """A wanted crash."""

    who: str
    point: str
    passing: int = 1

    @property
    def place(self) -> str:
        """Where it lies, whichever the passing."""
        return f"{self.who}/{self.point}"

    def __str__(self) -> str:
        """Write it as it is passed to a process."""
        return f"{self.place}#{self.passing}"

    @classmethod
    def read(cls, text: str) -> "Crash":
        """Read it again."""
        who, _, rest = text.partition("/")
        point, _, passing = rest.partition("#")
        return cls(who, point, int(passing))


REPLAYING = tuple(Crash("replay", point, n) for n in (1, 2, 3) for point in ("before_commit", "after_commit"))
"""A replay commits when it begins, when it sends, and at each look at what became of it."""


def arm(crash: Crash, report: Path) -> None:
    """Let this process die where *crash* says."""
    seen = 0
    thread = THREADS.get(crash.who, crash.who)

    def pass_by(point: str) -> None:
        nonlocal seen
        if point != crash.point or threading.current_thread().name != thread:
            return
        seen += 1
        if seen == crash.passing:
            report.write_text(str(crash))
            os.kill(os.getpid(), signal.SIGKILL)

    _set_seams(pass_by)


def _set_seams(pass_by: Pass) -> None:
    around(RabbitSubscription, "receive", pass_by, ("", "after_receive"), only_if=bool)
    around(BatchProcessor, "_finish", pass_by, ("", "after_step"))
    around(RabbitMqBus, "publish", pass_by, ("before_publish", "after_publish"))
    around(RabbitConfirmation, "wait", pass_by, ("", "after_confirm"))
    around(RabbitSubscription, "ack", pass_by, ("before_ack", "after_ack"))
    around(SimulatedGateways, "perform", pass_by, ("before_asking", "after_asking"))
    around(Outbox, "claim_due", pass_by, ("", "after_claim"), only_if=bool)
    around(Outbox, "mark_sent", pass_by, ("before_mark", "after_mark"))
    _around_commits(pass_by)
    _around_jobs(pass_by)


def _around_commits(pass_by: Pass) -> None:
    begin_ahead = Ledger.begin_ahead

    @contextmanager
    def begin_and_pass(ledger: Ledger) -> Iterator[UnitOfWork]:
        with begin_ahead(ledger) as work:
            yield work
            pass_by("before_commit")

    put(Ledger, begin_ahead=begin_and_pass)
    around(UnitOfWork, "wait", pass_by, ("", "after_commit"))


def _around_jobs(pass_by: Pass) -> None:
    def passing(job: Job) -> Job:
        def run(*given: Any) -> Iterator[int]:
            pass_by("before_job")
            yield from job(*given)
            pass_by("after_job")

        return run

    put(scheduler, TIMETABLE={name: (setting, passing(job)) for name, (setting, job) in scheduler.TIMETABLE.items()})
