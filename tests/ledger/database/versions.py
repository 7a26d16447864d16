"""Tables of earlier versions."""

from collections.abc import Mapping, Sequence

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, Table, insert

from ledger.database.migrate import _config
from ledger.ledger import Ledger


def _config_on(connection: Connection) -> Config:
    config = _config()
    config.attributes["connection"] = connection
    return config


def upgrade(ledger: Ledger, version: str) -> None:
    """Bring the tables of an empty or earlier database to a version."""
    with ledger._engine.connect() as connection:
        command.upgrade(_config_on(connection), version)


def downgrade(ledger: Ledger, version: str) -> None:
    """Bring the tables back to an earlier version, with their rows."""
    with ledger._engine.connect() as connection:
        command.downgrade(_config_on(connection), version)


def insert_rows(ledger: Ledger, tables: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
    """Insert rows into the tables of any version."""
    with ledger._engine.begin() as connection:
        for name, rows in tables.items():
            table = Table(name, MetaData(), autoload_with=connection)
            for row in rows:
                connection.execute(insert(table), dict(row))
