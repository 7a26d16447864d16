"""The rate buckets in the ledger, as the clients of external systems take from them."""

from contextlib import suppress

from gateways.amazon.sp_api.rates import Rate
from ledger.ledger import Ledger
from schemas.errors import CrossdockError


class LedgerBuckets:
    """Buckets that all processes of a ledger share; see gateways.amazon.sp_api.rates.Buckets."""

    def __init__(self, ledger: Ledger) -> None:
        """Take each token in a transaction of its own."""
        self._ledger = ledger

    def take(self, key: str, rate: Rate, max_wait: float, spare: int = 0) -> float | None:
        """Reserve one call; return the seconds to wait before it, None beyond *max_wait*; leave *spare* tokens.

        Raises RetryableError.
        """
        with self._ledger.begin() as work:
            return work.rate_buckets.take(key, rate.per_second, rate.burst, max_wait, spare)

    def empty(self, key: str, rate: Rate) -> None:
        """Take all tokens out; an unavailable ledger leaves them in."""
        with suppress(CrossdockError), self._ledger.begin() as work:
            work.rate_buckets.empty(key, rate.per_second, rate.burst)
