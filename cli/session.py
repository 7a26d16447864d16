"""The ledger for commands whose operations do not take a context yet."""

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.ledger import Ledger
from schemas.settings import Settings
from workers.process.bootstrap import opened_context


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Ledger]:
    """Open the ledger as `opened_context` does, and close it at the end."""
    with opened_context(settings) as context:
        yield context.ledger
