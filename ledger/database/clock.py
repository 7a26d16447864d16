"""The database's time, shared by all processes: a wrong clock on one machine makes nothing expire early there.

Leases, due times and scheduled jobs are compared by several processes, so they use one clock. To query it in every
transaction would cost a round trip; it is queried once in a while, and extrapolated by the process's monotonic clock.
"""

from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import Engine, func, select

from ledger.database.session import connected

REFRESH_SECONDS = 60.0
"""Seconds for which the time is extrapolated. Over a minute, two machines differ by a few milliseconds."""


class DatabaseTime:
    """The time of PostgreSQL, late by no more than the query's round trip."""

    def __init__(self, engine: Engine) -> None:
        """Query the time at the first call."""
        self._engine = engine
        self._queried: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        """Return the present instant. Raises LedgerUnavailableError when a query is due and fails."""
        queried = self._queried
        if queried is None or monotonic() - queried[1] > REFRESH_SECONDS:
            queried = self._queried = self._query()
        instant, queried_at = queried
        return instant + timedelta(seconds=monotonic() - queried_at)

    def _query(self) -> tuple[datetime, float]:
        with connected(self._engine) as connection:
            instant: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            return instant, monotonic()
