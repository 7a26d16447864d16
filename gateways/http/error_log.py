"""The log of communication errors, which the ledger keeps and people list."""

from typing import Protocol

from schemas.communication_errors import CommunicationError


class ErrorLog(Protocol):
    """Takes the failed calls of all processes."""

    def add(self, error: CommunicationError) -> int:
        """Keep an error; return how many of the same order, operation, code and sentence the last hour had, with it.

        Raises nothing: the call has failed already, and the log is for people.
        """
        ...


class NoErrorLog:
    """Keeps nothing."""

    def add(self, error: CommunicationError) -> int:
        """Drop the error."""
        return 1
