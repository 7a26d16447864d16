"""Column types that behave alike on SQLite and PostgreSQL: instants in UTC, exact amounts, bytes, row numbers."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, TypeDecorator

RowNumber = BigInteger().with_variant(Integer(), "sqlite")
"""A number that the database assigns; SQLite assigns numbers to `INTEGER` only."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored and returned in UTC; SQLite itself stores no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert an aware instant to UTC. Raises ValueError for one without a zone, an error of the caller."""
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant without a time zone cannot be stored")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Bytes(LargeBinary):
    """Bytes without a wrapper: both drivers take `bytes`, and wrapping each value costs more than writing it."""

    def bind_processor(self, dialect: Dialect) -> None:
        """Pass bytes to the driver unchanged."""


class Millionths(TypeDecorator[Decimal]):
    """An amount of up to 12 digits before and 6 after the point, stored as a whole number: exact and sortable.

    SQLite has no decimal type and would store a float.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Return the amount in millionths."""
        return int(value.scaleb(6)) if value is not None else None

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Return the amount in units of the currency."""
        return Decimal(value).scaleb(-6) if value is not None else None
