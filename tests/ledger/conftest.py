"""A fresh, migrated ledger on each database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from tests.ledger.values import Clock
from tests.servers import postgresql
from tests.servers.templates import Prepare, migrated_sqlite, postgresql_template, sqlite_copy

KEY = bytes(range(32))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with our tables and no rows."""
    if request.param == "sqlite":
        return migrated_sqlite(tmp_path / "ledger.db")
    return str(request.getfixturevalue("migrated_database_url"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return str(request.getfixturevalue("database_url"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def copy_of(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Prepare], str]]:
    """A function that gives the URL of a new database as another function prepares it, which runs once."""

    def copy(prepare: Prepare) -> str:
        if request.param == "sqlite":
            return sqlite_copy(tmp_path / "ledger.db", prepare)
        server = request.getfixturevalue("postgres_server")
        return databases.enter_context(postgresql.fresh_database(server, postgresql_template(server, prepare)))

    with ExitStack() as databases:
        yield copy


@pytest.fixture
def clock() -> Clock:
    """The ledger's clock."""
    return Clock()


@pytest.fixture
def ledger(url: str, clock: Clock) -> Iterator[Ledger]:
    """A ledger without a row in it."""
    opened = Ledger.open(url, Cipher.of([KEY]), clock)
    yield opened
    opened.close()
