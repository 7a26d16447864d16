"""Stopping: SIGTERM, SIGINT and the supervisor's death as one event that every loop looks at."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from threading import Event, Thread
from types import FrameType

import structlog

from workers.process.background import in_background

log = structlog.get_logger(__name__)

SUPERVISOR = "_CROSSDOCK_SUPERVISOR"
"""The variable by which a supervisor tells its children its process id. It is nothing to be set."""

LOOK = 1.0
"""Seconds between two looks at who the parent is."""


@contextmanager
def stop_on_signals() -> Iterator[Event]:
    """Give an event that SIGTERM or SIGINT sets.

    The handler only notes that a signal came: an exception raised inside a commit would leave "committed or not?"
    unknown, and to set the event takes a lock, which the thread that the signal interrupts may be holding.
    """
    stop = Event()
    asked: SimpleQueue[None] = SimpleQueue()  # the one thing to hand over by that may be interrupted by itself

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        asked.put(None)

    def pass_on() -> None:
        asked.get()
        stop.set()

    passing = Thread(target=pass_on, name="signals", daemon=True)
    passing.start()
    before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        asked.put(None)
        passing.join()


@contextmanager
def stopping_with_supervisor(stop: Event) -> Iterator[None]:
    """Set *stop* when the supervisor of this process, if there is one, dies while the block runs.

    One that is killed can tell nobody: its children would go on beside those of the next.
    """
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor is None:
        yield
        return
    with in_background("supervisor", partial(_watch, int(supervisor), stop)):
        yield


def _watch(supervisor: int, stop: Event, over: Event) -> None:
    """Look who the parent is: who loses it is given another. Every Unix does so."""
    while not over.wait(LOOK):
        if os.getppid() != supervisor:
            log.warning("the supervisor is gone; stopping", supervisor=supervisor)
            stop.set()
            return
