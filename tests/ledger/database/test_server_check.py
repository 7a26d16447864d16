"""A server that would fail in silence, or in every batch, is refused at the first connection."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest

from ledger.batches import BatchRecord
from ledger.encryption.cipher import Cipher
from ledger.errors import LedgerUnavailableError, SchemaOutOfDateError
from ledger.ledger import Ledger
from schemas.errors import SettingsError
from tests.ledger.conftest import KEY
from tests.ledger.values import an_order
from tests.servers.pgbouncer import pooled
from tests.servers.tiers import UnavailableError

pytestmark = pytest.mark.postgres


def _opened(url: str) -> closing[Ledger]:
    return closing(Ledger.open(url, Cipher.of([KEY])))


def _works(url: str) -> None:
    with _opened(url) as ledger:
        ledger.migrate()
        ledger.check_version()
        with ledger.begin() as work:
            work.record("", BatchRecord([an_order()], {}))
        with ledger.read() as work:
            assert work.orders.find(an_order().amazon_order_id) == an_order()


def _execute(url: str, *statements: str) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        for statement in statements:
            connection.execute(statement.format(database=f'"{connection.info.dbname}"'))


@pytest.fixture
def other_database(database_url: str) -> Iterator[str]:
    """The name of a database that the test may make; it is dropped afterwards."""
    name = f"{urlsplit(database_url).path[1:]}_other"
    yield name
    _execute(database_url, f"DROP DATABASE IF EXISTS {name}")


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "WIN1252", "EUC_JP"])
def test_another_encoding_than_utf_8_is_refused_with_the_command_for_a_right_one(
    encoding: str, database_url: str, other_database: str
) -> None:
    made = f"TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
    _execute(database_url, f"CREATE DATABASE {other_database} {made}")
    url = urlsplit(database_url)._replace(path=f"/{other_database}").geturl()
    with pytest.raises(SettingsError, match=f"encoded in {encoding}") as refused:
        Ledger.open(url, Cipher.of([KEY]))
    command = f"CREATE DATABASE{str(refused.value).partition('CREATE DATABASE')[2]}"
    _execute(database_url, f"DROP DATABASE {other_database}", command.replace("crossdock_utf8", other_database))
    _works(url)


@pytest.mark.parametrize(("mode", "size"), [("transaction", 10), ("transaction", 1), ("statement", 10)])
def test_a_pooler_of_transactions_is_refused(mode: str, size: int, database_url: str) -> None:
    with _pooled(database_url, mode, size) as url, pytest.raises(SettingsError, match="pool_mode = session"):
        Ledger.open(url, Cipher.of([KEY]))


def test_a_pooler_of_sessions_serves(database_url: str) -> None:
    with _pooled(database_url, "session", 10) as url:
        _works(url)


@contextmanager
def _pooled(database_url: str, mode: str, size: int) -> Iterator[str]:
    try:
        with pooled(database_url, mode, size=size) as url:
            yield url
    except UnavailableError as reason:
        pytest.skip(str(reason))


def test_tables_are_made_and_found_in_the_schema_that_the_url_names(database_url: str) -> None:
    _works(database_url)
    _execute(database_url, 'CREATE SCHEMA "Shop"')
    url = f"{database_url}?options=-csearch_path%3D%22Shop%22"
    with _opened(url) as ledger, pytest.raises(SchemaOutOfDateError):
        ledger.check_version()
    _works(url)


def test_tables_are_found_in_the_schema_of_the_role(database_url: str) -> None:
    _execute(
        database_url, "CREATE SCHEMA shop", "ALTER ROLE postgres IN DATABASE {database} SET search_path = shop, public"
    )
    _works(database_url)
    with _opened(database_url) as ledger, ledger._engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 'shop.orders'::regclass::text").scalar() == "orders"


def test_a_search_path_for_the_whole_database_does_not_hide_the_tables(database_url: str) -> None:
    _works(database_url)
    _execute(database_url, "CREATE SCHEMA other", "ALTER DATABASE {database} SET search_path = other")
    with _opened(database_url) as ledger:
        ledger.check_version()


def test_a_database_that_only_reads_is_named_until_it_writes_again(database_url: str) -> None:
    with _opened(database_url) as ledger:
        ledger.check_writable()
        _execute(database_url, "ALTER DATABASE {database} SET default_transaction_read_only = on")
        ledger._engine.dispose()
        for _ in range(2):
            with pytest.raises(LedgerUnavailableError, match="read-only"):
                ledger.check_writable()
        _execute(
            database_url,
            "SET default_transaction_read_only = off",
            "ALTER DATABASE {database} RESET default_transaction_read_only",
        )
        ledger.check_writable()


def test_a_missing_schema_is_named_until_it_exists(database_url: str) -> None:
    url = f"{database_url}?options=-csearch_path%3Dshop"
    with pytest.raises(LedgerUnavailableError, match=r"no schema of its search_path \(shop\); create it"):
        Ledger.open(url, Cipher.of([KEY]))
    _execute(database_url, "CREATE SCHEMA shop")
    _works(url)


def test_a_role_without_create_works_and_migrate_names_the_missing_right(database_url: str) -> None:
    role = f"worker_{os.getpid()}"
    _execute(database_url, f"CREATE ROLE {role} LOGIN", "REVOKE CREATE ON SCHEMA public FROM public")
    try:
        url = (
            urlsplit(database_url)._replace(netloc=f"{role}@{urlsplit(database_url).netloc.partition('@')[2]}").geturl()
        )
        with (
            _opened(url) as ledger,
            pytest.raises(LedgerUnavailableError, match=r"lacks a privilege .*schema public.*grant"),
        ):
            ledger.migrate()
        _works(database_url)
        _execute(database_url, f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        with _opened(url) as ledger:
            ledger.check_version()
            with ledger.begin() as work:
                work.record("", BatchRecord([an_order(2)], {}))
    finally:
        _execute(database_url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")
