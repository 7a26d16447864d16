"""The log of communication errors: calls that external systems refused or failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, insert, select

from ledger.tables.communication import communication_errors
from ledger.transaction import Transaction
from schemas.communication_errors import CommunicationError, ErrorFilter, LoggedError

EQUAL_ERRORS_SPAN = timedelta(hours=1)
"""Longer than the three retries of a call that fails alike, so that a replay on the next day has three of its own."""


@dataclass(frozen=True, slots=True)
class CommunicationErrors:
    """The log of communication errors, in one transaction."""

    tx: Transaction

    def add(self, error: CommunicationError) -> None:
        """Add an error at this instant."""
        self.tx.connection.execute(insert(communication_errors), {"at": self.tx.now, **error.model_dump()})

    def count_alike(self, error: CommunicationError) -> int:
        """Return how many errors of the same order, operation, code and sentence were logged within the last hour."""
        columns = communication_errors.c
        query = select(func.count()).where(
            columns.at > self.tx.now - EQUAL_ERRORS_SPAN,
            columns.amazon_order_id == error.amazon_order_id,
            columns.system == error.system,
            columns.operation == error.operation,
            columns.code == error.code,
            columns.sentence == error.sentence,
        )
        return self.tx.connection.execute(query).scalar_one()

    def latest(self, filters: ErrorFilter, limit: int, before: int | None = None) -> Sequence[LoggedError]:
        """Return the errors that match, the latest first; with the position of an error only older ones."""
        query = select(communication_errors).order_by(communication_errors.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(communication_errors.c.id < before)
        for name in ("system", "seller", "store_id", "amazon_order_id"):
            if (value := getattr(filters, name)) is not None:
                query = query.where(communication_errors.c[name] == value)
        return [
            LoggedError.model_validate({**row, "position": row["id"]})
            for row in self.tx.connection.execute(query).mappings()
        ]
