"""The check that this process has the key of the database's data, made once at its start."""

from sqlalchemy import Connection, func, select

from ledger.encryption.cipher import KEY_HEADER_BYTES, VAULT_FORMAT, Cipher
from ledger.errors import EncryptionKeyError
from ledger.tables.dead_letters import OPEN, dead_letters
from ledger.tables.orders import vault

_SAMPLE = 100
"""Rows of each table that are read: enough to find one of a current key among those of an old one."""

_VAULT = select(func.substr(func.coalesce(vault.c.data_key, vault.c.body), 1, KEY_HEADER_BYTES)).limit(_SAMPLE)
_OPEN_LETTERS = (
    select(func.substr(dead_letters.c.body, 1, KEY_HEADER_BYTES))
    .where(OPEN, dead_letters.c.body.is_not(None))
    .order_by(dead_letters.c.last_at.desc())
    .limit(_SAMPLE)
)


def check_key(connection: Connection, cipher: Cipher) -> None:
    """Raise EncryptionKeyError when there is encrypted data, and the cipher has the key of none of it."""
    samples = [header for query in (_VAULT, _OPEN_LETTERS) for header in connection.execute(query).scalars()]
    key_headers = [header for header in samples if header[:1] == VAULT_FORMAT]  # others are of data keys
    if key_headers and not any(map(cipher.has_key, key_headers)):
        raise EncryptionKeyError(
            f"The database's data was encrypted with the key {key_headers[0][1:].hex()}, which is not among the keys"
            " given; restore that key, in CROSSDOCK_VAULT_KEY or in the file that CROSSDOCK_VAULT_KEY_FILE names: a"
            " missing file is replaced by a new key."
        )
