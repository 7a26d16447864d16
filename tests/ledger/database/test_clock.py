"""On PostgreSQL the ledger goes by the database's time, whatever the process's own clock says."""

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


def _asked(ledger: Ledger) -> list[str]:
    """Return a list that grows with each statement that asks for the time."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "clock_timestamp" in statement:
            asked.append(statement)

    event.listen(ledger._engine, "before_cursor_execute", note)
    return asked


def test_a_process_whose_clock_is_wrong_goes_by_the_databases(ledger: Ledger) -> None:
    with ledger._engine.connect() as connection:
        theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    with ledger.read() as work:
        assert abs(work.now - theirs) < SECOND
    assert abs(ledger.now() - theirs) < SECOND


def test_the_time_is_asked_for_once_and_counted_on_for_a_while(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _asked(ledger)
    times = [ledger.now() for _ in range(3)]
    assert times == sorted(times)
    assert len(asked) == 1
    monkeypatch.setattr(clock, "REFRESH_SECONDS", 0.0)
    assert ledger.now() > times[-1]
    assert len(asked) == 2


def test_a_database_that_is_away_tells_no_time(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger._engine.dispose()
    monkeypatch.setattr(ledger._engine.pool, "_creator", _refuse)
    with pytest.raises(LedgerUnavailableError):
        ledger.now()


def _refuse(*_: object) -> None:
    raise psycopg.OperationalError


def test_sqlite_has_no_clock_but_the_processs(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "utc_now", lambda: datetime(2030, 1, 1, tzinfo=UTC))
    opened = Ledger.open(f"sqlite:///{tmp_path}/ledger.db", Cipher.of([KEY]))
    assert opened.now() == datetime(2030, 1, 1, tzinfo=UTC)
    opened.close()
