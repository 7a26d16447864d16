"""A document store in memory: one transaction at a time, rolled back by an exception."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import Any

from gateways.simulator.documents import Document


class MemoryTransaction:
    """Documents as JSON by kind and key."""

    def __init__(self, documents: dict[tuple[str, str], str]) -> None:
        self.documents = documents

    def get_many(self, kind: str, keys: Collection[str], lock: bool = True) -> dict[str, Document]:
        return {key: json.loads(self.documents[kind, key]) for key in keys if (kind, key) in self.documents}

    def add(self, kind: str, key: str, document: Mapping[str, Any]) -> bool:
        added = (kind, key) not in self.documents
        self.documents.setdefault((kind, key), json.dumps(document))
        return added

    def put_many(self, kind: str, documents: Mapping[str, Document]) -> None:
        self.documents |= {(kind, key): json.dumps(document) for key, document in documents.items()}

    def delete_many(self, kind: str, keys: Collection[str]) -> None:
        for key in keys:
            self.documents.pop((kind, key), None)

    def list(self, kind: str, after: str = "", limit: int = 1000) -> list[tuple[str, Document]]:
        keys = sorted(key for stored, key in self.documents if stored == kind and key > after)[:limit]
        return [(key, json.loads(self.documents[kind, key])) for key in keys]


class MemoryDocumentStore:
    """A DocumentStore for one process."""

    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], str] = {}
        self._lock = Lock()

    def begin(self) -> AbstractContextManager[MemoryTransaction]:
        return self._begin()

    @contextmanager
    def _begin(self) -> Iterator[MemoryTransaction]:
        with self._lock:
            transaction = MemoryTransaction(dict(self.documents))
            yield transaction
            self.documents = transaction.documents
