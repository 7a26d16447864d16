"""Stopping: SIGTERM and SIGINT as one event that every loop looks at."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType


@contextmanager
def stop_on_signals() -> Iterator[Event]:
    """Give an event that SIGTERM or SIGINT sets.

    The handler does nothing else: an exception raised inside a commit would leave "committed or not?" unknown.
    """
    stop = Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
