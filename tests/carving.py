"""A thief with all keys that are left, who reads the files of a database, deleted places too, and decrypts them."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, select, text

from ledger.encryption.cipher import VAULT_FORMAT, Cipher
from ledger.encryption.data_key import DataKey
from ledger.errors import CipherError
from ledger.key_rotation import _COLUMNS, _Encrypted
from ledger.tables.indexes import complete_metadata

Place = tuple[str, bytes, str]
"""An encrypted value: its column, itself, the context in which it is decrypted."""


class Carver:
    """Remembers every encrypted value that a database ever had when `look` was called."""

    def __init__(self, engine: Engine) -> None:
        """Begin without a value."""
        self._engine = engine
        self._places: set[Place] = set()

    def look(self) -> None:
        """Remember all encrypted values."""
        with self._engine.connect() as connection:
            for encrypted in _COLUMNS:
                name = encrypted.column.name
                for row in connection.execute(select(encrypted.column.table).where(encrypted.column.is_not(None))):
                    self._places.add((_name(encrypted), bytes(getattr(row, name)), encrypted.context(row)))

    def files(self) -> bytes:
        """Return the contents of the database's files, as a backup has them."""
        return b"".join(self._files())

    def readable(self, *vault_keys: bytes, backup: bytes = b"") -> str:
        """Return all that can be read in files and backup, in plain or with these keys and the data keys in them."""
        files = self.files() + backup
        cipher = Cipher.of(vault_keys)
        there = [place for place in self._places if place[1] in files]
        data_keys = [
            key
            for column, stored, context in there
            if column == "vault.data_key"
            for key in _key(cipher, stored, context)
        ]
        readable = [
            files,
            *(plain for _, value, context in there for plain in _decrypted(cipher, data_keys, value, context)),
        ]
        return b"\n".join(readable).decode("latin-1")

    def _files(self) -> Iterator[bytes]:
        if self._engine.dialect.name == "sqlite":
            for file in Path(str(self._engine.url.database)).parent.glob("crossdock.db*"):
                yield file.read_bytes()
            return
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CHECKPOINT"))
            query = text(
                "SELECT pg_read_binary_file(pg_relation_filepath(oid), 0, 1000000000, true) FROM pg_class"
                " WHERE relkind IN ('r', 't', 'i') AND pg_relation_filepath(oid) IS NOT NULL AND oid >= 16384"
            )
            for content in connection.execute(query).scalars():
                yield bytes(content or b"")
            # PostgreSQL compresses long texts, so that they are read as rows.
            for table in complete_metadata.tables.values():
                yield "\n".join(map(str, connection.execute(select(table)))).encode()


def _name(encrypted: _Encrypted) -> str:
    return f"{encrypted.column.table.name}.{encrypted.column.name}"


def _key(cipher: Cipher, stored: bytes, context: str) -> Iterator[DataKey]:
    try:
        yield DataKey.of(cipher, stored, context)
    except CipherError:
        return


def _decrypted(cipher: Cipher, data_keys: list[DataKey], value: bytes, context: str) -> Iterator[bytes]:
    for key in [cipher] if value[:1] == VAULT_FORMAT else data_keys:
        try:
            yield key.decrypt(value, context)
        except CipherError:
            continue
