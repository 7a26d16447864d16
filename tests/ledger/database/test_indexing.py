"""A migration that makes indexes of a large table holds up no writer, and goes on after it was interrupted."""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory

from ledger.database import migrate
from ledger.database.compatible_versions import changes_tables
from ledger.encryption.cipher import Cipher
from ledger.errors import LedgerUnavailableError
from ledger.ledger import Ledger
from tests.ledger.conftest import KEY
from tests.ledger.database.versions import upgrade
from tests.servers.processes import wait_until

BEFORE = "0027"
INDEXES = ("ix_audit_log_action", "ix_communication_errors_store_id", "ix_communication_errors_system")
ROWS = 20_000
SMALL = {"users"}
"""Tables that are small in each database: to index them holds nobody up."""

ENTRY = "INSERT INTO audit_log (at, who, action, subject, why, details) VALUES (now(), 'a', 'b', 'c', 'd', '{}')"
BUILDING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock'"


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    """A ledger of the version before, with rows."""
    with closing(Ledger.open(database_url, Cipher.of([KEY]))) as opened:
        upgrade(opened, BEFORE)
        with psycopg.connect(database_url) as connection:
            connection.execute(
                f"{ENTRY.partition(' VALUES')[0]} SELECT now(), 'a', 'b', 'c', 'd', '{{}}' FROM"  # noqa: S608
                f" generate_series(1, {ROWS})"
            )
        yield opened


@pytest.fixture
def writer(database_url: str) -> Iterator[psycopg.Connection]:
    """A session whose transaction has written to a table, and is still open."""
    with closing(psycopg.connect(database_url)) as connection:
        connection.execute(ENTRY)
        yield connection


def states(url: str) -> dict[str, bool]:
    """Return which of the indexes there are, and whether each is complete."""
    statement = "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = ANY(%s)"
    with psycopg.connect(url) as connection:
        return dict(connection.execute(statement, [list(INDEXES)]).fetchall())


@pytest.mark.postgres
def test_writers_go_on_while_an_index_is_made(ledger: Ledger, writer: psycopg.Connection, database_url: str) -> None:
    with ThreadPoolExecutor(1) as pool, psycopg.connect(database_url, autocommit=True) as other:
        migrating: Future[None] = pool.submit(ledger.migrate)
        try:
            assert wait_until(lambda: other.execute(BUILDING).fetchone() == (1,), seconds=60.0)
            other.execute("SET lock_timeout = '2s'")
            other.execute(ENTRY)
            assert not migrating.done()
        finally:
            writer.commit()
        migrating.result(60.0)
    ledger.check_version()
    assert states(database_url) == dict.fromkeys(INDEXES, True)


@pytest.mark.postgres
def test_an_index_that_an_interrupted_migration_left_unfinished_is_made_again(
    ledger: Ledger, writer: psycopg.Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", 0.2)
    with pytest.raises(LedgerUnavailableError, match="have had a transaction open"):
        ledger.migrate()
    assert states(database_url) == {INDEXES[0]: False}
    writer.commit()
    ledger.migrate()
    ledger.check_version()
    assert states(database_url) == dict.fromkeys(INDEXES, True)


@pytest.mark.postgres
def test_each_migration_is_kept_when_a_later_one_fails(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", 0.2)
    with (
        closing(Ledger.open(database_url, Cipher.of([KEY]))) as ledger,
        psycopg.connect(database_url, autocommit=True) as beside,
    ):
        upgrade(ledger, "0025")
        with beside.transaction():
            beside.execute("LOCK TABLE communication_errors")
            with pytest.raises(LedgerUnavailableError, match="Other sessions use a table"):
                ledger.migrate()
        assert beside.execute("SELECT version_num FROM crossdock_version").fetchone() == (BEFORE,)
        assert states(database_url)[INDEXES[0]]
        ledger.migrate()
        ledger.check_version()


def test_migrations_that_only_add_index_no_large_table_otherwise() -> None:
    for migration in ScriptDirectory.from_config(migrate._config()).walk_revisions():
        source = Path(migration.path).read_text()
        made = set(re.findall(r'op\.create_table\(\s*"(\w+)"', source)) | SMALL
        indexed = set(re.findall(r'op\.create_index\(\s*[^,]+, "?(\w+)"?,', source))
        assert changes_tables(migration) or indexed <= made, migration.path
