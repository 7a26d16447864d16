"""The database's time, which all processes share: a clock that is wrong on one machine lets nothing expire early there.

Leases, due times and the clock's jobs are compared by several processes, so they go by one clock. Asking for it in
every transaction would cost a round trip; it is asked for once in a while, and counted on from there.
"""

from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import Engine, func, select

from ledger.database.error_translation import translate_errors

KEPT = 60.0
"""Seconds that an answer is counted on from. Two machines count a minute alike to a few milliseconds."""


class DatabaseTime:
    """Tells the time of PostgreSQL, late by no more than its answer took to come."""

    def __init__(self, engine: Engine) -> None:
        """Ask at the first call."""
        self._engine = engine
        self._known: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        """Return the present instant. Raises LedgerUnavailableError when it must ask and gets no answer."""
        known = self._known
        if known is None or monotonic() - known[1] > KEPT:
            known = self._known = self._ask()
        told, heard_at = known
        return told + timedelta(seconds=monotonic() - heard_at)

    def _ask(self) -> tuple[datetime, float]:
        with translate_errors(), self._engine.connect() as connection:
            told: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            return told, monotonic()
