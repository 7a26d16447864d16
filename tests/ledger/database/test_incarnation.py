"""Incarnations: a restored database gives other ids to its events, and nothing else makes it."""

import subprocess
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import make_url, text

from ledger.batches import BatchRecord
from ledger.encryption.cipher import Cipher
from ledger.errors import LedgerError
from ledger.ledger import Ledger
from tests.ledger.conftest import KEY
from tests.ledger.values import an_order, handled


def _present(ledger: Ledger) -> str:
    with ledger.begin() as work:
        return work.incarnations.present


def _opened(url: str) -> Ledger:
    return Ledger.open(url, Cipher.of([KEY]))


@pytest.fixture
def on_postgresql(migrated_database_url: str) -> Iterator[Ledger]:
    with closing(_opened(migrated_database_url)) as ledger:
        yield ledger


def _restore(url: str, dump: str) -> None:
    subprocess.run(
        ["psql", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", f"--dbname={url}"],
        input=dump,
        text=True,
        check=True,
        capture_output=True,
    )


def _dump(url: str) -> str:
    command = ["pg_dump", "--clean", "--if-exists", f"--dbname={url}"]
    return subprocess.run(command, text=True, check=True, capture_output=True).stdout


def test_the_first_incarnation_is_that_of_all_processes(on_postgresql: Ledger, migrated_database_url: str) -> None:
    assert _present(on_postgresql) == ""
    with closing(_opened(migrated_database_url)) as other:
        assert _present(other) == ""


def test_a_transaction_for_reading_has_none_to_make_ids_with(ledger: Ledger) -> None:
    with ledger.read() as work, pytest.raises(LedgerError, match="open it with `begin`"):
        work.incarnations.present  # noqa: B018 - it raises


def test_a_restored_dump_is_another_incarnation_for_a_process_that_ran_meanwhile_too(
    on_postgresql: Ledger, migrated_database_url: str
) -> None:
    assert _present(on_postgresql) == ""
    dump = _dump(migrated_database_url)
    with psycopg.connect(migrated_database_url, autocommit=True) as beside:
        ended = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> "
        beside.execute(f"{ended} pg_backend_pid()")
    _restore(migrated_database_url, dump)
    with closing(_opened(migrated_database_url)) as later:
        second = _present(later)
    assert second
    on_postgresql._engine.dispose()
    assert _present(on_postgresql) == second
    with on_postgresql.read() as work:
        assert [one.id for one in work.incarnations.all()] == ["", second]


def test_the_same_dump_restored_twice_is_two_incarnations(on_postgresql: Ledger, migrated_database_url: str) -> None:
    _present(on_postgresql)
    dump, seen = _dump(migrated_database_url), set()
    for _ in range(2):
        on_postgresql._engine.dispose()
        _restore(migrated_database_url, dump)
        seen.add(_present(on_postgresql))
    assert len(seen - {""}) == 2


def test_orders_without_an_incarnation_may_be_a_backup_of_before_there_were_any(ledger: Ledger) -> None:
    assert _present(ledger) == ""
    with ledger.begin() as work:
        work.record("importer", BatchRecord([an_order()], {}, handled=[handled("m1")]))
    with ledger._engine.begin() as connection:
        connection.execute(text("DELETE FROM incarnations"))
    ledger._engine.dispose()
    assert _present(ledger) != ""


def test_a_role_that_may_not_read_about_the_cluster_takes_it_for_the_same(
    on_postgresql: Ledger, migrated_database_url: str
) -> None:
    _present(on_postgresql)
    with psycopg.connect(migrated_database_url, autocommit=True) as superuser:
        superuser.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        superuser.execute("GRANT SELECT ON incarnations TO pg_monitor")
    of_role = make_url(migrated_database_url).update_query_dict({"options": "-c role=pg_monitor"})
    with closing(_opened(of_role.render_as_string(hide_password=False))) as bound:
        assert _present(bound) == ""
    on_postgresql._engine.dispose()
    assert _present(on_postgresql) == ""


def test_a_connection_more_does_not_begin_another_incarnation(on_postgresql: Ledger) -> None:
    assert _present(on_postgresql) == ""
    with on_postgresql.begin(), on_postgresql.begin(), on_postgresql.begin():
        pass
    on_postgresql._engine.dispose()
    assert _present(on_postgresql) == ""


def test_an_operator_may_declare_a_restore_that_nothing_shows(ledger: Ledger) -> None:
    before = _present(ledger)
    with ledger.begin() as work:
        work.incarnations.begin()
    assert _present(ledger) != before
    with ledger.read() as work:
        assert [one.id for one in work.incarnations.all()] == [before, _present(ledger)]
