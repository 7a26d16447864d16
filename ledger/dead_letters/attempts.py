"""Attempts at messages under suspicion: noted before the message is handled, and taken back after."""

from dataclasses import dataclass

from sqlalchemy import delete, select

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.tables.replays import delivery_attempts
from ledger.transaction import Transaction

_BEGIN = Upsert(delivery_attempts)


@dataclass(frozen=True, slots=True)
class DeliveryAttempts:
    """Attempts at messages that may kill their process, in one transaction."""

    tx: Transaction

    def begin(self, consumer: str, key: bytes, process: str) -> list[str]:
        """Note that *process* begins an attempt; return the other processes that began one and have not ended it."""
        write_rows(
            self.tx.connection, _BEGIN, [{"consumer": consumer, "key": key, "process": process, "since": self.tx.now}]
        )
        others = select(delivery_attempts.c.process).where(
            delivery_attempts.c.consumer == consumer, delivery_attempts.c.key == key
        )
        return list(
            self.tx.connection.execute(
                others.where(delivery_attempts.c.process != process).order_by(delivery_attempts.c.since)
            ).scalars()
        )

    def end(self, consumer: str, key: bytes) -> None:
        """Take all notes back: the message was settled."""
        self.tx.connection.execute(
            delete(delivery_attempts).where(delivery_attempts.c.consumer == consumer, delivery_attempts.c.key == key)
        )
