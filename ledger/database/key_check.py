"""Which key the database's data is sealed with: a process that has another one says so at its start, once."""

from sqlalchemy import Connection, func, select

from ledger.encryption.cipher import SEAL_BYTES, Cipher
from ledger.errors import EncryptionKeyError
from ledger.tables.core import STILL_WAITING, dead_letters, vault

_SOME = 100
"""Rows of each table that are looked at: enough to find one of a key that still counts among those of an old one."""

_PERSONAL = select(func.substr(vault.c.body, 1, SEAL_BYTES)).limit(_SOME)
_SET_ASIDE = (
    select(func.substr(dead_letters.c.body, 1, SEAL_BYTES))
    .where(STILL_WAITING, dead_letters.c.body.is_not(None))
    .order_by(dead_letters.c.last_at.desc())
    .limit(_SOME)
)


def check_key(connection: Connection, cipher: Cipher) -> None:
    """Raise EncryptionKeyError when there is sealed data, and the cipher's keys open none of it."""
    seals = [seal for some in (_PERSONAL, _SET_ASIDE) for seal in connection.execute(some).scalars()]
    if seals and not any(map(cipher.knows, seals)):
        raise EncryptionKeyError(
            f"The database's data was encrypted with the key {seals[0][1:].hex()}, which is not among the keys given;"
            " bring it back, in CROSSDOCK_VAULT_KEY or in the file that CROSSDOCK_VAULT_KEY_FILE names, which is made"
            " anew where it is missing."
        )
