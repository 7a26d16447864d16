"""Attempts to handle suspected poison messages: recorded before a message is handled, removed afterwards."""

from dataclasses import dataclass

from sqlalchemy import delete, select

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.tables.dead_letters import delivery_attempts
from ledger.transaction import Transaction

_BEGIN = Upsert(delivery_attempts)


@dataclass(frozen=True, slots=True)
class DeliveryAttempts:
    """Attempts to handle messages that may kill their process, in one transaction."""

    tx: Transaction

    def begin(self, consumer: str, key: bytes, process: str) -> list[str]:
        """Record an attempt of *process*. Returns the other processes whose attempt has not ended, oldest first."""
        row = {"consumer": consumer, "key": key, "process": process, "since": self.tx.now}
        write_rows(self.tx.connection, _BEGIN, [row])
        others = (
            select(delivery_attempts.c.process)
            .where(delivery_attempts.c.consumer == consumer, delivery_attempts.c.key == key)
            .where(delivery_attempts.c.process != process)
            .order_by(delivery_attempts.c.since)
        )
        return list(self.tx.connection.execute(others).scalars())

    def end(self, consumer: str, key: bytes) -> None:
        """Remove all attempts at a message: it was handled or dead-lettered."""
        of_message = (delivery_attempts.c.consumer == consumer, delivery_attempts.c.key == key)
        self.tx.connection.execute(delete(delivery_attempts).where(*of_message))
