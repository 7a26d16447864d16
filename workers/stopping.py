"""Stopping: SIGTERM and SIGINT as one event that every loop looks at."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event, Thread
from types import FrameType


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
