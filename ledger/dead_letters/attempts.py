"""Attempts at messages under suspicion: noted before the message is handled, and taken back after."""

from sqlalchemy import delete, select

from ledger.sql.rows import write_rows
from ledger.sql.statements import Write
from ledger.tables.replays import attempts
from ledger.transaction import Transaction

_BEGIN = Write(attempts)


def begin(tx: Transaction, consumer: str, key: bytes, process: str) -> list[str]:
    """Note that *process* begins an attempt; return the other processes that began one and have not ended it."""
    write_rows(tx.connection, _BEGIN, [{"consumer": consumer, "key": key, "process": process, "since": tx.now}])
    others = select(attempts.c.process).where(attempts.c.consumer == consumer, attempts.c.key == key)
    return list(tx.connection.execute(others.where(attempts.c.process != process).order_by(attempts.c.since)).scalars())


def end(tx: Transaction, consumer: str, key: bytes) -> None:
    """Take all notes back: the message was settled."""
    tx.connection.execute(delete(attempts).where(attempts.c.consumer == consumer, attempts.c.key == key))
