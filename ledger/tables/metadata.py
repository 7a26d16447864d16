"""The metadata that all tables share, and the types and conditions of their columns and partial indexes."""

from sqlalchemy import Column, ColumnElement, MetaData, Text, literal_column, or_

from ledger.tables.columns import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def text_column(name: str, *, key: bool = False, nullable: bool = False) -> Column[str]:
    """Return a column of text; *key* makes it part of the primary key."""
    return Column(name, Text, primary_key=key, nullable=nullable)


def instant_column(name: str, *, nullable: bool = False) -> Column[object]:
    """Return a column of instants in UTC."""
    return Column(name, UtcDateTime, nullable=nullable)


def equals_literal(column: Column[str], *values: str) -> ColumnElement[bool]:
    """Compare a column with values written into the SQL, equal to any of them.

    Neither database uses a partial index for a condition that has a parameter. The values must be our own: they are
    not escaped.
    """
    return or_(*(column == literal_column(f"'{value}'", Text) for value in values))
