"""A document of the provider, fetched by one thread at a time and kept for a while."""

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from threading import Lock
from typing import Generic, TypeVar

from schemas.errors import RetryableError

LIFETIME = 3600.0
"""Seconds that a document is kept."""

FETCH_TIMEOUT = 2.0
"""Seconds that others wait for the thread that fetches: each waits in a thread of the console's, of which it has 40."""

Document = TypeVar("Document")


class KeptDocument(Generic[Document]):
    """One document. Safe to be used by several threads: a provider that hangs holds the one that asks it, alone."""

    def __init__(self, fetch: Callable[[], Document], clock: Callable[[], float]) -> None:
        """Fetch nothing yet. `get` raises as *fetch* does, which has a limit of its own."""
        self._fetch = fetch
        self._clock = clock
        self._lock = Lock()
        self._kept: tuple[float, Document] | None = None
        self._under_way: Future[Document] | None = None

    def get(self, *, fresh: bool = False) -> Document:
        """Return the document; *fresh*: as it is now. Raises as *fetch* does, RetryableError while it takes long."""
        with self._lock:
            if not fresh and self._kept and self._clock() <= self._kept[0]:
                return self._kept[1]
            others, mine = self._under_way, Future[Document]()
            self._under_way = others or mine
        if others is None:
            self._fetch_into(mine)
            return mine.result()
        try:
            return others.result(FETCH_TIMEOUT)
        except NotYetError:
            raise RetryableError("The identity provider has not answered yet.") from None

    def _fetch_into(self, future: Future[Document]) -> None:
        """Fetch the document for all who wait for it; a failure is theirs, too, and the next to ask tries again."""
        try:
            document = self._fetch()
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            with self._lock:
                self._under_way = None
            future.set_exception(error)
            return
        with self._lock:
            self._kept, self._under_way = (self._clock() + LIFETIME, document), None
        future.set_result(document)
