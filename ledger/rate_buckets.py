"""Rate buckets: calls that an external system grants to all processes together.

A bucket is one instant, as in the generic cell rate algorithm (ITU-T I.371): when it is full again. Taking a token
moves that instant on by the time that a token takes to grow. Instants are the ledger's: processes need no common clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.tables.rate_buckets import SIGN_IN, rate_buckets
from ledger.transaction import Transaction

_ADD = Upsert(rate_buckets)
_WRITE = Upsert(rate_buckets, keys=("key",), change=lambda new: {"full_at": new.full_at})


@dataclass(frozen=True, slots=True)
class RateBuckets:
    """The buckets, in one transaction that should do nothing else: each bucket stays locked until its end."""

    tx: Transaction

    def take(self, key: str, per_second: float, burst: int, max_wait: float, spare: int = 0) -> float | None:
        """Reserve a token; return the seconds until it has grown, or None, reserving nothing, beyond *max_wait*.

        With *spare* that many tokens have to be there besides: they are left for others.
        """
        full_at = max(self._lock(key), self.tx.now)
        empty = self.tx.now + timedelta(seconds=burst / per_second)
        if full_at > empty + timedelta(seconds=max_wait):
            full_at = empty  # it was emptied while a lower rate was granted; no reservations go so far
        wait = max(0.0, (full_at - self.tx.now).total_seconds() - (burst - spare - 1) / per_second)
        if wait > max_wait:
            return None
        self._write(key, full_at + timedelta(seconds=1 / per_second))
        return wait

    def empty(self, key: str, per_second: float, burst: int) -> None:
        """Take all tokens out, so that the next has to grow."""
        drained = self.tx.now + timedelta(seconds=burst / per_second)
        self._write(key, max(self._lock(key), drained))

    def tokens(self, key: str, per_second: float, burst: int) -> float:
        """Return how many tokens a bucket has; below 0, so many are reserved before they have grown."""
        query = select(rate_buckets.c.full_at).where(rate_buckets.c.key == key)
        full_at = self.tx.connection.execute(query).scalar() or self.tx.now
        return burst - max(0.0, (full_at - self.tx.now).total_seconds()) * per_second

    def purge_tries(self) -> None:
        """Delete the buckets of tries to sign in that are full again, as new ones are."""
        is_full = rate_buckets.c.key.like(f"{SIGN_IN}/%") & (rate_buckets.c.full_at <= self.tx.now)
        self.tx.connection.execute(delete(rate_buckets).where(is_full))

    def _lock(self, key: str) -> datetime:
        """Return when the bucket is full, and lock it; a new one is."""
        write_rows(self.tx.connection, _ADD, [{"key": key, "full_at": self.tx.now}])
        query = select(rate_buckets.c.full_at).where(rate_buckets.c.key == key).with_for_update()
        full_at: datetime = self.tx.connection.execute(query).scalar_one()
        return full_at

    def _write(self, key: str, full_at: datetime) -> None:
        write_rows(self.tx.connection, _WRITE, [{"key": key, "full_at": full_at}])
