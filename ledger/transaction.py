"""The state that all repositories of one transaction share."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ledger.encryption.cipher import Cipher
    from ledger.encryption.data_key import DataKey
    from ledger.errors import CipherError
    from schemas.order import OrderKey


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction, the cipher of encrypted columns, and the instant at which the transaction began.

    `incarnation` is the id of the database's, None in a transaction that only reads; see
    `ledger.database.incarnation`. `data_keys` are those of the orders that it has looked up, None for an order without
    one, the error for one that cannot be decrypted; see `ledger.orders.data_keys`.
    """

    connection: "Connection"
    cipher: "Cipher"
    now: datetime
    incarnation: str | None
    data_keys: "dict[OrderKey, DataKey | CipherError | None]" = field(default_factory=dict)
