"""Attempts at messages under suspicion: noted before the message is handled, and taken back after."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from ledger.replay_tables import attempts
from ledger.rows import Write, write_rows
from ledger.transaction import Transaction

_BEGIN = Write(attempts, returning=("pid",))


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that a process began and has not ended."""

    since: datetime
    pid: int


def begin(tx: Transaction, consumer: str, key: bytes, pid: int) -> Attempt | None:
    """Note an attempt, or return the one that was begun before and never ended."""
    row = {"consumer": consumer, "key": key, "since": tx.now, "pid": pid}
    if write_rows(tx.connection, _BEGIN, [row]):
        return None
    found = tx.connection.execute(
        select(attempts).where(attempts.c.consumer == consumer, attempts.c.key == key)
    ).first()
    return Attempt(found.since, found.pid) if found else None


def end(tx: Transaction, consumer: str, key: bytes) -> None:
    """Take the note back: the process lived through it."""
    tx.connection.execute(delete(attempts).where(attempts.c.consumer == consumer, attempts.c.key == key))
