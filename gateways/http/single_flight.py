"""One fetch at a time of a value that several threads need at once."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Fetched = TypeVar("Fetched")


class SingleFlight(Generic[Fetched]):
    """Has a thing fetched by the first thread that needs it; the others wait for it, and share the failure as well.

    If each of them tried in its turn, the last would wait for a dead server as often as there are threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._under_way: dict[Hashable, Future[Fetched]] = {}

    def fetch(self, key: Hashable, fetch: Callable[[], Fetched]) -> Fetched:
        """Return the result of *fetch*, or of the call for the same *key* that is under way. Raises as *fetch* does."""
        with self._lock:
            waiting = self._under_way.get(key)
            if waiting is None:
                own = self._under_way[key] = Future()
        if waiting is not None:
            return waiting.result()
        try:
            own.set_result(fetch())
        except BaseException as error:  # noqa: BLE001 - the threads that wait fail alike
            own.set_exception(error)
        finally:
            with self._lock:
                del self._under_way[key]
        return own.result()
