"""Settings of a database, a role or the server for every session change nothing for ours."""

from contextlib import closing

import psycopg
import pytest

from ledger.batches import BatchRecord
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from schemas.personal import Buyer, PersonalData
from tests.ledger.conftest import KEY
from tests.ledger.values import a_key, an_order, handled

HOSTILE = {
    "DateStyle": "German",
    "IntervalStyle": "sql_standard",
    "TimeZone": "Asia/Kathmandu",
    "bytea_output": "escape",
    "client_encoding": "LATIN1",
    "standard_conforming_strings": "off",
    "extra_float_digits": "-15",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "statement_timeout": "50ms",
    "lock_timeout": "1ms",
    "idle_in_transaction_session_timeout": "2s",
    "idle_session_timeout": "2s",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "synchronous_commit": "off",
    "search_path": "nowhere",
    "jit": "on",
}


def _administer(url: str, *statements: str) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        for statement in statements:
            connection.execute(statement.format(database=f'"{connection.info.dbname}"'))


def _work(url: str) -> dict[str, str]:
    """Write and read an order with personal data and times; return the session's settings."""
    with closing(Ledger.open(url, Cipher.of([KEY]))) as ledger:
        order = an_order(note=r"Zoë \n 'quoted'")
        with ledger.begin() as work:
            work.vault.save({(order.store_id, order.amazon_order_id): PersonalData(buyer=Buyer(name="Zoë"))})
            work.record("importer", BatchRecord([order], {}, handled=[handled("m1")]))
        with ledger.read() as work:
            assert work.orders.find(order.amazon_order_id) == order
            assert a_key("m1") in work.inbox.find("importer", [a_key("m1")])
        ledger.check_version()
        with ledger.lead("scheduler") as leadership:
            assert leadership.held()
        with ledger._engine.connect() as connection:
            shown = {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar()) for name in HOSTILE}
    return shown


@pytest.mark.postgres
@pytest.mark.parametrize("scope", ["DATABASE {database}", "ROLE postgres IN DATABASE {database}"])
def test_sessions_inherit_nothing_that_our_statements_rely_on(scope: str, migrated_database_url: str) -> None:
    meant = ("search_path",) if scope.startswith("ROLE") else ()  # that of a role is meant for it
    _administer(
        migrated_database_url,
        *(f"ALTER {scope} SET {name} = '{value}'" for name, value in HOSTILE.items() if name not in meant),
    )
    assert _work(migrated_database_url) == {
        "DateStyle": "ISO, MDY",
        "IntervalStyle": "postgres",
        "TimeZone": "UTC",
        "bytea_output": "hex",
        "client_encoding": "UTF8",
        "standard_conforming_strings": "on",
        "extra_float_digits": "1",
        "array_nulls": "on",
        "transform_null_equals": "off",
        "statement_timeout": "1min",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "1min",
        "idle_session_timeout": "0",
        "default_transaction_isolation": "read committed",
        "default_transaction_deferrable": "off",
        "synchronous_commit": "on",
        "search_path": '"public"',
        "jit": "off",
    }


@pytest.mark.postgres
def test_limits_in_the_url_are_left_as_they_are(migrated_database_url: str) -> None:
    shown = _work(
        f"{migrated_database_url}?options=-cstatement_timeout%3D9s%20-csynchronous_commit%3Doff%20-cDateStyle%3DSQL"
    )
    assert (shown["statement_timeout"], shown["synchronous_commit"], shown["DateStyle"]) == ("9s", "off", "ISO, MDY")
