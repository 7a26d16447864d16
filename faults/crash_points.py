"""Named points at which a process of the product kills itself, as a power cut would. The product has no code for it.

A crash is written `LOOP/POINT#N`: in this loop (a consumer, `relay`, `collector`, `scheduler`, `replayer`), when it
reaches POINT for the Nth time.
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
from faults.patches import PointCallback, patch, patch_around
from gateways.simulator.gateways import SimulatedGateways
from handlers.table import HANDLERS
from ledger.ledger import Ledger
from ledger.messages.outbox import Outbox
from ledger.unit_of_work import UnitOfWork
from pipeline.processor import BatchProcessor
from workers import scheduler
from workers.jobs import Job

CRASH, CRASHED = "CROSSDOCK_TEST_CRASH", "CROSSDOCK_TEST_CRASHED"
"""Environment variables: the crash to make; the file that a process writes it to just before."""

CONSUMING = (
    "after_receive",
    "before_commit",
    "after_commit",
    "after_batch",
    "before_publish",
    "after_publish",
    "after_confirm",
    "before_ack",
    "after_ack",
)
REQUESTING = ("before_request", "after_request")
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
SCHEDULING = ("before_job", "before_commit", "after_commit", "after_job")


def points() -> Mapping[str, tuple[str, ...]]:
    """Return the crash points of each loop."""
    requesting = {name for name, event in CONSUMERS.items() if HANDLERS[PAYLOADS[event]].ask}
    consumers = {name: CONSUMING + (REQUESTING if name in requesting else ()) for name in CONSUMERS}
    return {**consumers, "relay": RELAYING, "collector": COLLECTING, "scheduler": SCHEDULING}


@dataclass(frozen=True, slots=True)
class Crash:
    """A crash to make."""

    loop: str
    point: str
    nth: int = 1

    @property
    def label(self) -> str:
        """LOOP/POINT, without the count."""
        return f"{self.loop}/{self.point}"

    def __str__(self) -> str:
        """Format it as LOOP/POINT#N."""
        return f"{self.label}#{self.nth}"

    @classmethod
    def read(cls, text: str) -> "Crash":
        """Parse LOOP/POINT#N."""
        loop, _, rest = text.partition("/")
        point, _, nth = rest.partition("#")
        return cls(loop, point, int(nth))


REPLAYING = tuple(Crash("replayer", point, n) for n in (1, 2, 3) for point in ("before_commit", "after_commit"))
"""A replayer commits when it sends letters of a replay, and whenever it counts outcomes."""


def arm(crash: Crash, report: Path) -> None:
    """Make this process kill itself at *crash*, after writing it to *report*."""
    reached = 0

    def on_point(point: str) -> None:
        nonlocal reached
        if point != crash.point or threading.current_thread().name != crash.loop:
            return
        reached += 1
        if reached == crash.nth:
            report.write_text(str(crash))
            os.kill(os.getpid(), signal.SIGKILL)

    _install_patches(on_point)


def _install_patches(on_point: PointCallback) -> None:
    patch_around(RabbitSubscription, "receive", on_point, ("", "after_receive"), only_if=bool)
    patch_around(BatchProcessor, "_finish", on_point, ("", "after_batch"))
    patch_around(RabbitMqBus, "publish", on_point, ("before_publish", "after_publish"))
    patch_around(RabbitConfirmation, "wait", on_point, ("", "after_confirm"))
    patch_around(RabbitSubscription, "ack", on_point, ("before_ack", "after_ack"))
    patch_around(SimulatedGateways, "perform", on_point, ("before_request", "after_request"))
    patch_around(Outbox, "claim_due", on_point, ("", "after_claim"), only_if=bool)
    patch_around(Outbox, "mark_sent", on_point, ("before_mark", "after_mark"))
    _patch_commits(on_point)
    _patch_jobs(on_point)


def _patch_commits(on_point: PointCallback) -> None:
    begin_ahead = Ledger.begin_ahead

    @contextmanager
    def begin_with_points(ledger: Ledger) -> Iterator[UnitOfWork]:
        with begin_ahead(ledger) as work:
            yield work
            on_point("before_commit")

    patch(Ledger, begin_ahead=begin_with_points)
    patch_around(UnitOfWork, "wait", on_point, ("", "after_commit"))


def _patch_jobs(on_point: PointCallback) -> None:
    def with_points(job: Job) -> Job:
        def run(*arguments: Any) -> Iterator[int]:
            on_point("before_job")
            yield from job(*arguments)
            on_point("after_job")

        return run

    patch(
        scheduler, TIMETABLE={name: (setting, with_points(job)) for name, (setting, job) in scheduler.TIMETABLE.items()}
    )
