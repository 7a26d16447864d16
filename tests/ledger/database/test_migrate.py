"""Migrations and the tables agree; a process on other tables is refused."""

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from ledger.batches import BatchRecord
from ledger.encryption.cipher import Cipher
from ledger.errors import SchemaOutOfDateError
from ledger.ledger import Ledger
from ledger.tables.metadata import metadata
from tests.ledger.conftest import KEY
from tests.ledger.values import a_key, an_order, handled


def test_the_migrations_create_the_tables_of_the_code(ledger: Ledger) -> None:
    with ledger._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_create_the_same_partial_indexes(ledger: Ledger) -> None:
    with ledger._engine.begin() as connection:
        dialect = connection.dialect.name
        migrated = {
            (index["name"], index.get("dialect_options", {}).get(f"{dialect}_where") is not None)
            for table in metadata.tables
            for index in inspect(connection).get_indexes(table)
            if not index.get("duplicates_constraint")
        }
    known = {
        (index.name, index.dialect_options[dialect]["where"] is not None)
        for table in metadata.tables.values()
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


def test_a_database_of_a_newer_version_is_refused(ledger: Ledger) -> None:
    with ledger._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaOutOfDateError, match="newer Crossdock"):
        ledger.check_version()
