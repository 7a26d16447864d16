"""The state that all repositories of one transaction share."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from ledger.encryption.cipher import Cipher


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction, the cipher of encrypted columns, and the instant at which the transaction began."""

    connection: Connection
    cipher: Cipher
    now: datetime
