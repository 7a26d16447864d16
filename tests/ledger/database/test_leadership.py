"""Of all processes on one PostgreSQL one leads; on SQLite there is only one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from tests.harness import eventually
from tests.ledger.conftest import KEY

END_HOLDERS = """
    SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE locktype = 'advisory' AND datname = current_database()
"""


@pytest.fixture
def pair(database_url: str) -> Iterator[tuple[Ledger, Ledger]]:
    """Two processes' ledgers on one PostgreSQL."""
    ledgers = Ledger.open(database_url, Cipher.of([KEY])), Ledger.open(database_url, Cipher.of([KEY]))
    yield ledgers
    for ledger in ledgers:
        ledger.close()


def test_the_second_process_leads_when_the_first_has_ended(pair: tuple[Ledger, Ledger]) -> None:
    with pair[1].lead("scheduler") as second:
        with pair[0].lead("scheduler") as first, pair[1].lead("something else") as other:
            assert [first.held(), second.held(), other.held(), first.held()] == [True, False, True, True]
        # The server releases the lock a moment after the connection that held it is closed.
        eventually(second.held, "the second leads")


def test_a_process_that_loses_its_connection_no_longer_leads(pair: tuple[Ledger, Ledger]) -> None:
    with pair[0].lead("scheduler") as first, pair[1].lead("scheduler") as second:
        assert first.held()
        with pair[1]._engine.connect() as connection:
            connection.execute(text(END_HOLDERS))
        assert not first.held()
        # The server answers the client first and releases the lock a moment later.
        eventually(second.held, "the second leads")
        assert not first.held()


def test_on_sqlite_a_process_leads_at_once(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", Cipher.of([KEY]))
    with ledger.lead("scheduler") as leadership:
        assert leadership.held()
    ledger.close()
