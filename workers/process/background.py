"""Background threads: a watch that runs beside a block and ends with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def in_background(name: str, watch: Callable[[Event], None]) -> Iterator[None]:
    """Run *watch* in a thread called *name* while the block runs; it must return once its event is set."""
    over = Event()
    thread = Thread(target=watch, args=(over,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
