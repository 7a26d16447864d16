"""Coverage of processes: of some that tests start, since each takes 0.4 s of CPU longer to start under measurement."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PROCESS_CONFIG = "COVERAGE_PROCESS_CONFIG"
"""The variable by which coverage measures a process that inherits it (`patch = ["subprocess"]`)."""

_withheld: dict[str, str] = {}


def withhold_measurement() -> None:
    """Take the variable out of this process's environment, so that the processes of tests start at full speed."""
    if config := os.environ.pop(PROCESS_CONFIG, None):
        _withheld[PROCESS_CONFIG] = config


def measured(env: dict[str, str]) -> dict[str, str]:
    """Return the environment of a process that is to be measured, where coverage is."""
    return env | _withheld


@contextmanager
def unmeasured() -> Iterator[None]:
    """Run the block without coverage of this process and of those that it starts.

    The marker `no_cover` does not do: in each of pytest-xdist's processes pytest-cov has begun two measurements, and
    it would pause one of them.
    """
    tracer, tracer_of_threads, withheld = sys.gettrace(), threading.gettrace(), dict(_withheld)
    sys.settrace(None)
    threading.settrace(None)
    _withheld.clear()
    try:
        yield
    finally:
        sys.settrace(tracer)
        threading.settrace(tracer_of_threads)
        _withheld.update(withheld)
