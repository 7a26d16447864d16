"""The provider's documents: fetched by one thread at a time, kept, and fetched again when they are old."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from gateways.openid.kept_document import LIFETIME, KeptDocument
from schemas.errors import RetryableError


class Source:
    """A document with a count of its fetches, which hangs and fails on request."""

    def __init__(self) -> None:
        self.fetched = 0
        self.asked, self.answers = Event(), Event()
        self.answers.set()
        self.error: RetryableError | None = None

    def fetch(self) -> int:
        """Return how often it was fetched."""
        self.fetched += 1
        self.asked.set()
        self.answers.wait()
        if self.error:
            raise self.error
        return self.fetched


@pytest.fixture
def source() -> Source:
    """The document's source, which answers at once."""
    return Source()


def never() -> float:
    """Return the time of a clock that stands."""
    return 0.0


def test_a_document_is_kept_and_fetched_again_when_it_is_old_or_asked_for_afresh(source: Source) -> None:
    now = [0.0]
    document = KeptDocument(source.fetch, lambda: now[0])
    assert [document.get(), document.get(), document.get(fresh=True), document.get()] == [1, 1, 2, 2]
    now[0] = LIFETIME + 1
    assert document.get() == 3


def test_while_a_source_hangs_the_others_are_refused_and_no_second_fetch_begins(source: Source) -> None:
    document = KeptDocument(source.fetch, never)
    source.answers.clear()
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(document.get)
        source.asked.wait()
        others = [threads.submit(_refusal, document.get) for _ in range(3)]
        assert {other.result() for other in others} == {"The identity provider has not answered yet."}
        assert not first.done()
        source.answers.set()
        assert first.result() == 1
    assert document.get() == 1


def test_a_failed_fetch_fails_for_all_who_wait_and_the_next_to_ask_tries_again(source: Source) -> None:
    document = KeptDocument(source.fetch, never)
    source.error = RetryableError("The provider is away.")
    assert _refusal(document.get) == "The provider is away."
    source.error = None
    assert document.get() == 2


def _refusal(get: Callable[[], int]) -> str:
    with pytest.raises(RetryableError) as refused:
        get()
    return str(refused.value)
