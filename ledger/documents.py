"""A store of JSON documents with transactions, for the simulated shop that several processes share."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, select

from ledger.database.error_translation import translate_errors
from ledger.sql.rows import fetch_by_keys, write_rows
from ledger.sql.statements import KeySelect, Upsert
from ledger.tables.core import documents

Document = dict[str, Any]

_KEY = ("kind", "key")
_READ = KeySelect(documents, _KEY, ("key", "document"))
_LOCK = KeySelect(documents, _KEY, ("key", "document"), lock=True)
_PUT = Upsert(documents, keys=_KEY, change=lambda new: {"document": new.document})
_RESERVE = Upsert(documents)


class LedgerDocumentTransaction:
    """The documents within one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on this open transaction."""
        self._connection = connection

    def get_many(self, kind: str, keys: Collection[str], lock: bool = True) -> dict[str, Document]:
        """Return the documents that exist.

        With *lock* nobody else gets any of these keys with a lock until the transaction ends, existing or not.
        """
        wanted = [(kind, key) for key in sorted(set(keys))]
        found = self._fetch(wanted, lock)
        missing = [pair for pair in wanted if pair[1] not in found]
        if lock and missing:
            # What is not there cannot be locked: an empty row is put in its place first.
            rows = [{"kind": kind, "key": key, "document": None} for _, key in missing]
            write_rows(self._connection, _RESERVE, rows)
            found |= self._fetch(missing, lock)
        return {key: json.loads(document) for key, document in found.items() if document is not None}

    def put_many(self, kind: str, documents: Mapping[str, Document]) -> None:
        """Write documents, new or changed."""
        rows = [{"kind": kind, "key": key, "document": json.dumps(documents[key])} for key in sorted(documents)]
        write_rows(self._connection, _PUT, rows)

    def list(self, kind: str, after: str = "", limit: int = 1000) -> list[tuple[str, Document]]:
        """Return documents with keys behind *after*, in key order."""
        there = (documents.c.kind == kind) & (documents.c.key > after) & documents.c.document.is_not(None)
        wanted = select(documents.c.key, documents.c.document).where(there).order_by(documents.c.key).limit(limit)
        return [(row.key, json.loads(row.document)) for row in self._connection.execute(wanted)]

    def _fetch(self, wanted: Sequence[tuple[str, str]], lock: bool) -> dict[str, str | None]:
        return {row.key: row.document for row in fetch_by_keys(self._connection, _LOCK if lock else _READ, wanted)}


class LedgerDocuments:
    """Opens transactions on the documents; `Ledger.records` is one on the ledger's own database."""

    def __init__(self, engine: Engine) -> None:
        """Keep the documents in this database."""
        self._engine = engine

    def begin(self) -> AbstractContextManager[LedgerDocumentTransaction]:
        """Open a transaction: written at the end, rolled back on any exception."""
        return self._begin()

    @contextmanager
    def _begin(self) -> Iterator[LedgerDocumentTransaction]:
        with translate_errors(), self._engine.begin() as connection:
            yield LedgerDocumentTransaction(connection)
