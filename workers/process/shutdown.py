"""Graceful shutdown: SIGTERM, SIGINT and the supervisor's death set one event, which every loop checks."""

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
"""Environment variable with the process id of a child's supervisor. Not a setting."""

PARENT_CHECK_INTERVAL = 1.0
"""Seconds between two checks of the parent process."""


@contextmanager
def stop_on_signals() -> Iterator[Event]:
    """Give an event that SIGTERM or SIGINT sets.

    The handler only queues a note: an exception raised inside a commit would leave unknown whether it was committed,
    and setting an event takes a lock, which the interrupted thread may own.
    """
    stop = Event()
    signals: SimpleQueue[None] = SimpleQueue()  # its put() is reentrant

    def on_signal(_signal: int, _frame: FrameType | None) -> None:
        signals.put(None)

    def set_stop() -> None:
        signals.get()
        stop.set()

    setter = Thread(target=set_stop, name="signals", daemon=True)
    setter.start()
    before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signals.put(None)
        setter.join()


@contextmanager
def stopping_with_supervisor(stop: Event) -> Iterator[None]:
    """Set *stop* when the supervisor of this process, if any, dies while the block runs.

    A supervisor that is killed cannot stop its children: they would run beside those of the next one.
    """
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor is None:
        yield
        return
    with in_background("supervisor", partial(_watch, int(supervisor), stop)):
        yield


def _watch(supervisor: int, stop: Event, over: Event) -> None:
    """Check the parent process: on Unix an orphan gets another one."""
    while not over.wait(PARENT_CHECK_INTERVAL):
        if os.getppid() != supervisor:
            log.warning("supervisor died, stopping", supervisor=supervisor)
            stop.set()
            return
