"""Migrations and the tables agree; a process on other tables is refused."""

import threading
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from ledger.batches import BatchRecord
from ledger.database import migrate, schema_version
from ledger.database.schema_version import VERSION_TABLE
from ledger.encryption.cipher import Cipher
from ledger.errors import ForeignTablesError, LedgerUnavailableError, SchemaOutOfDateError
from ledger.ledger import Ledger
from ledger.tables.indexes import complete_metadata
from tests.ledger.conftest import KEY
from tests.ledger.database.versions import upgrade
from tests.ledger.values import a_key, an_order, handled

OF_EXPRESSIONS = {"ix_vault_name_keys"}
"""Indexes of expressions, which only PostgreSQL has and alembic does not compare."""


def test_the_migrations_create_the_tables_of_the_code(ledger: Ledger) -> None:
    with ledger._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "version_table": VERSION_TABLE})
        differences = compare_metadata(context, complete_metadata)
    assert [one for one in differences if getattr(one[1], "name", None) not in OF_EXPRESSIONS] == []


def test_the_migrations_create_the_same_partial_indexes(ledger: Ledger) -> None:
    with ledger._engine.begin() as connection:
        dialect = connection.dialect.name
        migrated = {
            (index["name"], index.get("dialect_options", {}).get(f"{dialect}_where") is not None)
            for table in complete_metadata.tables
            for index in inspect(connection).get_indexes(table)
            if not index.get("duplicates_constraint") and index["name"] not in OF_EXPRESSIONS
        }
    known = {
        (index.name, index.dialect_options[dialect]["where"] is not None)
        for table in complete_metadata.tables.values()
        for index in table.indexes
    }
    assert migrated == known


def test_migrating_again_changes_nothing(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.record("importer", BatchRecord([an_order()], {}, handled=[handled("m1")]))
    ledger.migrate()
    ledger.check_version()
    with ledger.read() as work:
        assert work.orders.find(an_order().amazon_order_id) == an_order()
        assert a_key("m1") in work.inbox.find("importer", [a_key("m1")])


def test_concurrent_migrations_all_succeed(empty_url: str) -> None:
    failures: list[Exception] = []

    def migrate() -> None:
        one = Ledger.open(empty_url, Cipher.of([KEY]))
        try:
            one.migrate()
            one.check_version()
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)
        finally:
            one.close()

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def test_an_empty_database_must_be_migrated(empty_url: str) -> None:
    ledger = Ledger.open(empty_url, Cipher.of([KEY]))
    with pytest.raises(SchemaOutOfDateError, match="run crossdock migrate"):
        ledger.check_version()
    ledger.close()


def _become_later(ledger: Ledger, oldest: str) -> None:
    """Let the tables be a later version's, which code that knows the version *oldest* can work with."""
    with ledger._engine.begin() as connection:
        connection.execute(text("UPDATE crossdock_version SET version_num = '9999'"))
        connection.execute(text("UPDATE compatibility SET oldest_version = :oldest"), {"oldest": oldest})
        connection.execute(text("ALTER TABLE orders ADD COLUMN later TEXT"))


def test_tables_to_which_a_later_version_only_added_are_worked_with(ledger: Ledger) -> None:
    _become_later(ledger, schema_version.versions()[-1])
    ledger.check_version()
    ledger.migrate()
    with ledger.begin() as work:
        work.record("importer", BatchRecord([an_order()], {}, handled=[handled("m1")]))
    with ledger._engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM crossdock_version")).scalar() == "9999"


def test_tables_that_a_later_version_changed_are_refused(ledger: Ledger) -> None:
    _become_later(ledger, "9998")
    for refused in (ledger.check_version, ledger.migrate):
        with pytest.raises(SchemaOutOfDateError, match="newer Crossdock"):
            refused()


def test_code_of_the_newest_migration_that_changed_tables_works_with_them(ledger: Ledger) -> None:
    with ledger._engine.connect() as connection:
        oldest = connection.execute(text("SELECT oldest_version FROM compatibility")).scalar_one()
    assert oldest == migrate.oldest_version()
    assert oldest in schema_version.versions()


@pytest.mark.postgres
def test_a_migration_that_changes_tables_waits_for_the_end_of_all_processes(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", 1.0)
    monkeypatch.setattr(migrate, "oldest_version", lambda: schema_version.versions()[-1])
    with closing(Ledger.open(database_url, Cipher.of([KEY]))) as later:
        upgrade(later, "0022")
        with closing(Ledger.open(database_url, Cipher.of([KEY]))), pytest.raises(LedgerUnavailableError, match="stop"):
            later.migrate()
        later.migrate()
        later.check_version()


@pytest.mark.postgres
def test_a_migration_that_only_adds_waits_for_nobody(database_url: str) -> None:
    with closing(Ledger.open(database_url, Cipher.of([KEY]))) as later:
        upgrade(later, migrate.oldest_version())
        with closing(Ledger.open(database_url, Cipher.of([KEY]))):
            later.migrate()
        later.check_version()


@pytest.fixture
def beside(empty_url: str) -> Iterator[Connection]:
    """A session of another application on the same database."""
    engine = create_engine(empty_url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_the_version_of_another_application_is_left_alone(empty_url: str, beside: Connection) -> None:
    beside.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    beside.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
    with closing(Ledger.open(empty_url, Cipher.of([KEY]))) as ledger:
        with pytest.raises(SchemaOutOfDateError, match="run crossdock migrate"):
            ledger.check_version()
        ledger.migrate()
        ledger.check_version()
    assert beside.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["0001"]


def test_tables_of_another_application_are_named_and_left_alone(empty_url: str, beside: Connection) -> None:
    for name in ("orders", "stores"):
        beside.execute(text(f"CREATE TABLE {name} (id INTEGER)"))
    with closing(Ledger.open(empty_url, Cipher.of([KEY]))) as ledger:
        for refused in (ledger.check_version, ledger.migrate):
            with pytest.raises(ForeignTablesError, match=r"\(orders, stores\); give Crossdock a database of its own"):
                refused()
    assert inspect(beside).get_table_names() == ["orders", "stores"]


def test_the_version_of_before_0_1_0_is_taken_over(ledger: Ledger) -> None:
    with ledger._engine.begin() as connection:
        connection.execute(text("ALTER TABLE crossdock_version RENAME TO alembic_version"))
    with pytest.raises(SchemaOutOfDateError, match="run crossdock migrate"):
        ledger.check_version()
    ledger.migrate()
    ledger.check_version()
    with ledger._engine.connect() as connection:
        assert not inspect(connection).has_table("alembic_version")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("held", "words"),
    [
        ("SELECT pg_advisory_lock(7165912498747764579)", "Another migration of this database is under way"),
        ("BEGIN; LOCK TABLE alembic_version", "Other sessions use a table"),
    ],
)
def test_a_session_that_blocks_a_migration_is_named(
    held: str, words: str, migrated_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", 0.2)
    with (
        closing(psycopg.connect(migrated_database_url, autocommit=True)) as other,
        closing(Ledger.open(migrated_database_url, Cipher.of([KEY]))) as ledger,
    ):
        other.execute("ALTER TABLE crossdock_version RENAME TO alembic_version")
        other.execute(held)
        with pytest.raises(LedgerUnavailableError, match=words):
            ledger.migrate()
        other.execute("ROLLBACK; SELECT pg_advisory_unlock_all()")
        ledger.migrate()
