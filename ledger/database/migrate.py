"""Migrations: bring the tables to this version, by Alembic."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from ledger.database.schema_version import MIGRATIONS, is_current

_LOCK = 0x63726F7373646F63
"""Number of the advisory lock under which one process at a time migrates: "crossdoc" in ASCII."""


def migrate(connection: Connection) -> None:
    """Migrate the tables to this version, within the open transaction; concurrent migrations wait for its end.

    Raises SchemaOutOfDateError when the tables are a later version's.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    is_current(connection)  # raises for tables of a later version
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    # Config takes "%" for the beginning of a variable.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
