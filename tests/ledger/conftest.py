"""A fresh, migrated ledger on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from tests.ledger.values import Clock

KEY = bytes(range(32))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return str(request.getfixturevalue("database_url"))


@pytest.fixture
def clock() -> Clock:
    """The ledger's clock."""
    return Clock()


@pytest.fixture
def ledger(url: str, clock: Clock) -> Iterator[Ledger]:
    """A ledger without a row in it."""
    opened = Ledger.open(url, Cipher.of([KEY]), clock)
    opened.migrate()
    yield opened
    opened.close()
