"""On PostgreSQL the ledger uses the database's time, also when the process's own clock is wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import event, text

from ledger import ledger as module
from ledger.database import clock
from ledger.encryption.cipher import Cipher
from ledger.errors import LedgerUnavailableError
from ledger.ledger import Ledger
from tests.ledger.conftest import KEY

SECOND = timedelta(seconds=1)


@pytest.fixture
def ledger(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A ledger on PostgreSQL, in a process whose clock is an hour ahead."""
    monkeypatch.setattr(module, "utc_now", lambda: datetime.now(UTC) + timedelta(hours=1))
    opened = Ledger.open(database_url, Cipher.of([KEY]))
    yield opened
    opened.close()


def _time_queries(ledger: Ledger) -> list[str]:
    """Return a list that grows with each query of the time."""
    queries: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "clock_timestamp" in statement:
            queries.append(statement)

    event.listen(ledger._engine, "before_cursor_execute", record)
    return queries


def test_a_process_with_a_wrong_clock_uses_the_databases(ledger: Ledger) -> None:
    with ledger._engine.connect() as connection:
        theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    with ledger.read() as work:
        assert abs(work.now - theirs) < SECOND
    assert abs(ledger.now() - theirs) < SECOND


def test_the_time_is_queried_once_and_extrapolated_for_a_while(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = _time_queries(ledger)
    times = [ledger.now() for _ in range(3)]
    assert times == sorted(times)
    assert len(queries) == 1
    monkeypatch.setattr(clock, "REFRESH_SECONDS", 0.0)
    assert ledger.now() > times[-1]
    assert len(queries) == 2


def test_an_unreachable_database_has_no_time(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger._engine.dispose()
    monkeypatch.setattr(ledger._engine.pool, "_creator", _refuse)
    with pytest.raises(LedgerUnavailableError):
        ledger.now()


def _refuse(*_: object) -> None:
    raise psycopg.OperationalError


def test_sqlite_uses_the_clock_of_the_process(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "utc_now", lambda: datetime(2030, 1, 1, tzinfo=UTC))
    opened = Ledger.open(f"sqlite:///{tmp_path}/ledger.db", Cipher.of([KEY]))
    assert opened.now() == datetime(2030, 1, 1, tzinfo=UTC)
    opened.close()
