"""The log of communication errors: an entry for each failed call, and lists of them for people."""

from ledger.ledger import Ledger
from operations.context import Context
from schemas.communication_errors import CommunicationError, ErrorFilter, LoggedError
from schemas.errors import CrossdockError


class LedgerErrorLog:
    """The log in the ledger; see gateways.http.error_log.ErrorLog."""

    def __init__(self, ledger: Ledger) -> None:
        """Write each error in a transaction of its own: that of its event is yet to begin."""
        self._ledger = ledger

    def add(self, error: CommunicationError) -> int:
        """Log an error, and return how many of the same order were alike. An unavailable ledger loses the entry."""
        try:
            with self._ledger.begin() as work:
                work.communication_errors.add(error)
                return work.communication_errors.count_alike(error) if error.amazon_order_id else 1
        except CrossdockError:
            return 1


def list_errors(
    context: Context, filters: ErrorFilter, limit: int, offset: int = 0, before: int | None = None
) -> tuple[LoggedError, ...]:
    """Return the errors that match, the latest first, at most *limit* after *offset*, or older than *before*."""
    with context.ledger.read() as work:
        return tuple(work.communication_errors.latest(filters, limit, offset, before))
