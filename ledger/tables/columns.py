"""Column types that mean the same on SQLite and PostgreSQL: instants in UTC, exact amounts, row numbers."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, TypeDecorator

RowNumber = BigInteger().with_variant(Integer(), "sqlite")
"""A number given by the database; SQLite gives numbers to `INTEGER` only."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept and returned in UTC; SQLite itself keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bring an aware instant to UTC; one without a zone is a mistake of the caller."""
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant without a time zone cannot be stored")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Bytes(LargeBinary):
    """Bytes as they are: the drivers of both databases take them, and a wrapper for each costs more than writing it."""

    def bind_processor(self, dialect: Dialect) -> None:
        """Hand bytes to the driver as they are."""


class Millionths(TypeDecorator[Decimal]):
    """An amount of up to 12 digits before and 6 after the point, as a whole number: exact and sortable everywhere.

    SQLite knows no decimals and would keep a float.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Write the amount in millionths."""
        return int(value.scaleb(6)) if value is not None else None

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Read the amount back."""
        return Decimal(value).scaleb(-6) if value is not None else None
