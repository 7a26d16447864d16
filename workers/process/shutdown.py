"""Graceful shutdown: SIGTERM, SIGINT and the end of the supervisor set an event; loops check it, and end in time."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from types import FrameType

import structlog

from schemas.safe_errors import thread_stack
from workers.process.background import in_background

log = structlog.get_logger(__name__)

SUPERVISOR = "_CROSSDOCK_SUPERVISOR"
"""Environment variable with the process id of a child's supervisor. Not a setting."""

SIGNALS = (signal.SIGTERM, signal.SIGINT)

SHUTDOWN_TIMEOUT = 25.0
"""Seconds from SIGTERM to the end of a process at the latest; Kubernetes kills after 30, `crossdock up` after 40."""

STOP_CHECK_INTERVAL = 0.2
"""Seconds between two checks whether a process that ends by itself has ended."""

PARENT_CHECK_INTERVAL = 1.0
"""Seconds between two checks of the parent process."""


@contextmanager
def stop_on_signals() -> Iterator[Event]:
    """Give an event that SIGTERM or SIGINT sets, also while the main thread is blocked. For the main thread.

    Python runs its handlers in the main thread, and not while that waits for a host name or a frozen database; only the
    descriptor is written at once. Nor may a handler raise inside a commit, whose outcome would be unknown, or set an
    event, whose lock the interrupted thread may own.
    """
    stop = Event()
    received, wake_up = os.pipe()
    os.set_blocking(wake_up, False)
    watcher = Thread(target=_set_on_signal, args=(received, stop), name="signals", daemon=True)
    watcher.start()
    earlier = signal.set_wakeup_fd(wake_up, warn_on_full_buffer=False)
    before = {number: signal.signal(number, _ignore) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(earlier)
        os.close(wake_up)
        watcher.join()
        os.close(received)


def _ignore(_signal: int, _frame: FrameType | None) -> None:
    """Have the signal written to the descriptor instead of ending the process."""


def _set_on_signal(received: int, stop: Event) -> None:
    while number := os.read(received, 1):
        if number[0] in SIGNALS:
            stop.set()


@contextmanager
def ending_in_time(stop: Event, seconds: float = SHUTDOWN_TIMEOUT) -> Iterator[None]:
    """End the process when the block still runs so many seconds after *stop* was set.

    A frozen database or broker would else hold it for minutes, and its supervisor would kill it without a line in the
    log. Unfinished work is redelivered or rolled back.
    """
    with in_background("shutdown", partial(_end_late, stop, seconds)):
        yield


def _end_late(stop: Event, seconds: float, over: Event) -> None:
    while not stop.wait(STOP_CHECK_INTERVAL):
        if over.is_set():
            return
    if not over.wait(seconds):
        stacks = {thread.name: thread_stack(thread.name) for thread in threading.enumerate() if not thread.daemon}
        log.error("stopped with unfinished work", seconds=seconds, stacks=stacks)
        os._exit(0)


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
