"""The protocol of the document store in which the simulators keep their state: transactional, shared by processes."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Document = dict[str, Any]
"""A JSON object."""

WRITER_LOCK = "gate"


class DocumentTransaction(Protocol):
    """One transaction on the documents, which are identified by kind and key."""

    def get_many(self, kind: str, keys: Collection[str], lock: bool = True) -> dict[str, Document]:
        """Return those of the documents that exist, by key. The simulators lock by `lock_side` instead of *lock*."""
        ...

    def add(self, kind: str, key: str, document: Mapping[str, Any]) -> bool:
        """Write a document; False, and nothing is written, if there is one, or its key was locked while there was none.

        Of several transactions one writes it: the others wait until that one ends.
        """
        ...

    def put_many(self, kind: str, documents: Mapping[str, Document]) -> None:
        """Write documents, replacing those that exist."""
        ...

    def delete_many(self, kind: str, keys: Collection[str]) -> None:
        """Delete those of the documents that exist."""
        ...

    def list(self, kind: str, after: str = "", limit: int = 1000) -> list[tuple[str, Document]]:
        """Return up to *limit* documents with keys after *after*, in key order."""
        ...


class DocumentStore(Protocol):
    """A store of documents."""

    def begin(self) -> AbstractContextManager[DocumentTransaction]:
        """Begin a transaction, which commits at the end and is rolled back by any exception."""
        ...


def lock_side(transaction: DocumentTransaction, side: str) -> None:
    """Lock a side, Amazon or Commerce, for this writer until its transaction ends.

    The row that is written is the lock; reads after it see the writes of the transaction that had it before.
    """
    transaction.put_many(WRITER_LOCK, {side: {}})


def read_all(transaction: DocumentTransaction, kind: str) -> list[tuple[str, Document]]:
    """Return all documents of a kind in the order of their keys, read in pages."""
    documents: list[tuple[str, Document]] = []
    while page := transaction.list(kind, documents[-1][0] if documents else "", 1000):
        documents += page
    return documents
