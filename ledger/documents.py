"""A store of JSON documents with transactions, for the simulated shop that several processes share."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, delete, select

from ledger.database.session import transaction
from ledger.sql.rows import fetch_by_keys, write_rows
from ledger.sql.statements import KeySelect, Upsert
from ledger.tables.documents import documents

Document = dict[str, Any]

_KEY = ("kind", "key")
_FIND = KeySelect(documents, _KEY, ("key", "document"))
_LOCK = KeySelect(documents, _KEY, ("key", "document"), lock=True)
_PUT = Upsert(documents, keys=_KEY, change=lambda new: {"document": new.document})
_RESERVE = Upsert(documents)
_ADD = Upsert(documents, returning=("key",))


class LedgerDocumentTransaction:
    """The documents, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on this open transaction."""
        self._connection = connection

    def get_many(self, kind: str, keys: Collection[str], lock: bool = True) -> dict[str, Document]:
        """Return the documents that exist.

        With *lock* these keys are locked until the transaction ends, whether their documents exist or not.
        """
        ordered = sorted(set(keys))
        stored = self._fetch(kind, ordered, lock)
        missing = [key for key in ordered if key not in stored]
        if lock and missing:
            # A row that does not exist cannot be locked: a row without a document is inserted first.
            rows = [{"kind": kind, "key": key, "document": None} for key in missing]
            write_rows(self._connection, _RESERVE, rows)
            stored |= self._fetch(kind, missing, lock)
        return {key: json.loads(document) for key, document in stored.items() if document is not None}

    def add(self, kind: str, key: str, document: Mapping[str, Any]) -> bool:
        """Write a document; False, and nothing is written, if there is one, or its key was locked while there was none.

        Of several transactions one writes it: the others wait until that one ends.
        """
        return bool(write_rows(self._connection, _ADD, [{"kind": kind, "key": key, "document": json.dumps(document)}]))

    def put_many(self, kind: str, documents: Mapping[str, Document]) -> None:
        """Write documents, whether they exist or not."""
        rows = [{"kind": kind, "key": key, "document": json.dumps(documents[key])} for key in sorted(documents)]
        write_rows(self._connection, _PUT, rows)

    def delete_many(self, kind: str, keys: Collection[str]) -> None:
        """Delete those of the documents that exist."""
        chosen = (documents.c.kind == kind) & documents.c.key.in_(sorted(keys))
        self._connection.execute(delete(documents).where(chosen))

    def list(self, kind: str, after: str = "", limit: int = 1000) -> list[tuple[str, Document]]:
        """Return documents with keys after *after*, in key order."""
        exists_after = (documents.c.kind == kind) & (documents.c.key > after) & documents.c.document.is_not(None)
        query = select(documents.c.key, documents.c.document).where(exists_after)
        rows = self._connection.execute(query.order_by(documents.c.key).limit(limit))
        return [(row.key, json.loads(row.document)) for row in rows]

    def _fetch(self, kind: str, keys: Sequence[str], lock: bool) -> dict[str, str | None]:
        rows = fetch_by_keys(self._connection, _LOCK if lock else _FIND, [(kind, key) for key in keys])
        return {row.key: row.document for row in rows}


class LedgerDocuments:
    """The documents of one database: `Ledger.documents` are those of the ledger's own."""

    def __init__(self, engine: Engine) -> None:
        """Store the documents in this database."""
        self._engine = engine

    def begin(self) -> AbstractContextManager[LedgerDocumentTransaction]:
        """Open a transaction: committed at the end, rolled back on any exception."""
        return self._begin()

    @contextmanager
    def _begin(self) -> Iterator[LedgerDocumentTransaction]:
        with transaction(self._engine) as connection:
            yield LedgerDocumentTransaction(connection)
