"""What every part of the ledger works with inside one transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from ledger.encryption.cipher import Cipher


@dataclass(frozen=True, slots=True)
class Transaction:
    """One open transaction, the cipher for what is sealed, and the instant at which it began."""

    connection: Connection
    cipher: Cipher
    now: datetime
