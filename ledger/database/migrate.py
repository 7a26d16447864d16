"""The version of the tables: migrates a database to this version, or checks that it has it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ledger.errors import SchemaOutOfDateError

_MIGRATIONS = Path(__file__).parent.parent / "migrations"

_LOCK = 0x63726F7373646F63
"""Number of the advisory lock under which one process at a time migrates: "crossdoc" in ASCII."""


def migrate(connection: Connection) -> None:
    """Migrate the tables to this version, within the open transaction; concurrent migrations wait for its end.

    Raises SchemaOutOfDateError when the tables are a later version's.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    _is_current(connection)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def check_version(connection: Connection) -> None:
    """Raise SchemaOutOfDateError unless the tables are those of this version."""
    if not _is_current(connection):
        raise SchemaOutOfDateError("The database's tables are not those of this version; run crossdock migrate.")


def _is_current(connection: Connection) -> bool:
    """Return whether the tables are this version's. Raises SchemaOutOfDateError when they are a later version's."""
    scripts = ScriptDirectory.from_config(_config())
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise SchemaOutOfDateError(
            f'The database was migrated to "{current}" by a newer Crossdock; run that version against it.'
        )
    return current == scripts.get_current_head()


def _config() -> Config:
    config = Config()
    # Config takes "%" for the beginning of a variable.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
