"""Tables of earlier versions."""

from alembic import command

from ledger.database.migrate import _config
from ledger.ledger import Ledger


def downgrade(ledger: Ledger, version: str) -> None:
    """Bring the tables back to an earlier version, with what they hold."""
    with ledger._engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, version)
