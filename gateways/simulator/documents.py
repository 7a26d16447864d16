"""Where the simulated ends keep their state: a transactional store of documents, shared by processes."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Document = dict[str, Any]
"""A JSON object."""

WRITER_LOCK = "gate"


class DocumentTransaction(Protocol):
    """One transaction on the documents, each found by its kind and key."""

    def get_many(self, kind: str, keys: Collection[str], lock: bool = True) -> dict[str, Document]:
        """Return those of the documents that exist. The simulated ends ask for no lock here: see `pass_gate`."""
        ...

    def put_many(self, kind: str, documents: Mapping[str, Document]) -> None:
        """Write documents, in place of those that exist."""
        ...

    def list(self, kind: str, after: str = "", limit: int = 1000) -> list[tuple[str, Document]]:
        """Return up to `most` documents with keys beyond `after`, in the order of their keys."""
        ...


class DocumentStore(Protocol):
    """A store of documents."""

    def begin(self) -> AbstractContextManager[DocumentTransaction]:
        """Begin one transaction: it commits at the end and is undone by any exception."""
        ...


def lock_side(book: DocumentTransaction, side: str) -> None:
    """Let one writer at a time work on a side until its transaction ends.

    The written row is the lock; what is read after it is what the writer before left.
    """
    book.put_many(WRITER_LOCK, {side: {}})


def read_all(book: DocumentTransaction, kind: str) -> list[tuple[str, Document]]:
    """Return all documents of a kind in the order of their keys, read in pages."""
    found: list[tuple[str, Document]] = []
    while page := book.list(kind, found[-1][0] if found else "", 1000):
        found += page
    return found
