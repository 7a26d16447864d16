"""Statements that are prepared on a connection to PostgreSQL, and the ways to lose them."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import Engine, Integer, Text, func, select, text
from sqlalchemy.types import TypeEngine

from ledger.database.engine import open_engine
from ledger.database.error_translation import translate_errors
from ledger.database.session import connected
from ledger.errors import LedgerUnavailableError
from ledger.sql.prepared import Prepared
from ledger.sql.statements import GIVEN, unnest

COLUMNS: Mapping[str, TypeEngine[Any]] = {"word": Text(), "number": Integer()}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def longest() -> Prepared:
    """Return the given words that are as long as their number says."""
    given = unnest(COLUMNS)
    wanted = select(given.c.word, given.c.number).where(func.length(given.c.word) == given.c.number)
    return Prepared.of(wanted, {GIVEN + name: kind for name, kind in COLUMNS.items()})


def test_rows_come_back_by_the_names_of_their_columns(engine: Engine, longest: Prepared) -> None:
    with engine.begin() as connection:
        (row,) = longest.run(connection, [["ab", "ü", None], [3, 1, None]])
    assert (row.word, row.number) == ("ü", 1)


def test_a_statement_stays_prepared_after_a_rollback(engine: Engine, longest: Prepared) -> None:
    for _ in range(10):
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            assert longest.run(connection, [["a"], [1]])
            connection.rollback()


def test_a_statement_that_the_server_forgot_is_prepared_again_at_the_next_try(
    engine: Engine, longest: Prepared
) -> None:
    with engine.begin() as connection:
        assert longest.run(connection, [["a"], [1]])
        connection.execute(text("DEALLOCATE ALL"))
    with pytest.raises(LedgerUnavailableError, match="does not exist"), connected(engine) as connection:
        longest.run(connection, [["a"], [1]])
    with engine.begin() as connection:
        assert longest.run(connection, [["a"], [1]])


def test_a_transaction_that_only_reads_is_begun_read_only(engine: Engine) -> None:
    note = Prepared.of(select(func.pg_current_xact_id()), {})
    with engine.connect().execution_options(postgresql_readonly=True) as connection:
        note.run(connection, [])
        shown = connection.execute(text("SHOW transaction_read_only")).scalar_one()
    assert shown == "on"


def test_a_lost_connection_counts_as_an_unavailable_database(engine: Engine, longest: Prepared) -> None:
    with engine.connect() as connection, engine.connect() as other:
        longest.run(connection, [["a"], [1]])
        pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        connection.rollback()
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(LedgerUnavailableError), translate_errors():
            longest.run(connection, [["a"], [1]])
    with engine.connect() as connection:
        assert longest.run(connection, [["a"], [1]])
