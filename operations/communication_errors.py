"""The log of communication errors: an entry for each failed call, and lists of them for people."""

from collections.abc import Sequence

from ledger.ledger import Ledger
from operations.context import Context
from operations.list_pages import ListKey, ListPage, list_page
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


_KEY: ListKey[LoggedError] = ListKey((int,), lambda error: (error.position,))


def list_errors(
    context: Context, filters: ErrorFilter, limit: int = 50, after: str | None = None
) -> ListPage[LoggedError]:
    """Return a page of the errors that match, the latest first. Raises WrongFilterError."""
    with context.ledger.read() as work:

        def read(key: tuple[int] | None, number: int) -> Sequence[LoggedError]:
            return work.communication_errors.latest(filters, number, key and key[0])

        return list_page(_KEY, read, limit, after)
