"""The time limit: a process with a hung loop exits at once, and its supervisor restarts it.

Its unacknowledged messages are requeued. A message that hangs every process is dead-lettered
(`workers/poison_messages.py`); without a limit it would hang one process after the other.
"""

import faulthandler
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event

import structlog

from pipeline.liveness import Liveness
from schemas.safe_errors import thread_stack
from workers.process.background import in_background

log = structlog.get_logger(__name__)

HUNG = 70
"""Exit code of a hung process: EX_SOFTWARE of sysexits.h."""

CHECK_INTERVAL = 1.0
"""Seconds between two checks of the loops."""

_STDERR = 2


@contextmanager
def enforcing_time_limit(liveness: Liveness) -> Iterator[None]:
    """Exit the process when a loop hangs while the block runs."""
    try:
        with in_background("time-limit", partial(_watch, liveness)):
            yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _watch(liveness: Liveness, over: Event) -> None:
    """Check the loops, with a watchdog for the case that this thread itself is blocked.

    It is while C code holds the interpreter lock, as a regular expression can for hours. The fault handler runs
    outside of Python: it writes the stacks of all threads, and exits the process with 1.
    """
    while True:
        faulthandler.dump_traceback_later(liveness.limit, exit=True, file=_STDERR)
        if over.wait(CHECK_INTERVAL):
            return
        for loop in liveness.hung():
            log.error("loop hung, exiting", loop=loop, limit=liveness.limit, stack=thread_stack(loop))
            os._exit(HUNG)
