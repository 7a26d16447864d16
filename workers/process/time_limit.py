"""The time limit: a process that hangs ends itself, hard, and whoever keeps it alive starts it again.

What it held is delivered again. A message that hangs every process ends as a dead letter
(`workers/poison_messages.py`); without a limit it would hang one process after the other, with all that each holds.
"""

import faulthandler
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event

import structlog

from pipeline.liveness import Liveness
from pipeline.safe_errors import thread_stack
from workers.process.background import in_background

log = structlog.get_logger(__name__)

HUNG = 70
"""The exit code of a process that hung, by the custom of sysexits.h: a fault in the software."""

LOOK = 1.0
"""Seconds between two looks at the pulse."""

_STDERR = 2


@contextmanager
def enforcing_time_limit(pulse: Liveness) -> Iterator[None]:
    """End the process when a loop hangs while the block runs."""
    try:
        with in_background("time-limit", partial(_watch, pulse)):
            yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _watch(pulse: Liveness, over: Event) -> None:
    """Look at the pulse, with a dead man's handle for the case that this thread itself stands still.

    It does while C code holds the interpreter, as a regular expression can for hours. The fault handler waits outside
    of Python: it writes where all threads are, and ends the process with 1.
    """
    while True:
        faulthandler.dump_traceback_later(pulse.limit, exit=True, file=_STDERR)
        if over.wait(LOOK):
            return
        for loop in pulse.hung():
            log.error("hung; ending the process", loop=loop, limit=pulse.limit, way=thread_stack(loop))
            os._exit(HUNG)
