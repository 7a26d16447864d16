"""What a command works with: the ledger, made ready and closed again."""

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.ledger import Ledger
from operations.context import deadlines
from operations.orders.actions import Desk
from schemas.settings import Settings, read_settings
from workers.process.bootstrap import opened_context


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Ledger]:
    """Open the ledger, and close it in the end.

    A database file is brought to this version by itself. A server is not: other processes of another version may
    be at work on it, so `crossdock migrate` is a step of its own, and SchemaOutOfDateError says so. Raises
    EncryptionKeyError before anything is written with a key that is not the database's.
    """
    with opened_context(settings) as context:
        yield context.ledger


@contextmanager
def at_the_desk() -> Iterator[Desk]:
    """Open the ledger for an operator's action."""
    settings = read_settings()
    with opened(settings) as ledger:
        yield Desk(ledger, deadlines(settings))
