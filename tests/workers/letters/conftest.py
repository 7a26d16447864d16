"""The pipeline in memory, on each database, with a clock that a test may put forward."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from events.open_bus import open_bus
from events.topology import TOPOLOGY
from gateways.simulator.gateways import SimulatedGateways
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from schemas.settings import Settings
from tests.pipeline import VAULT_KEY, Pipeline
from tests.workers.letters.scenes import LaterClock
from workers.process.bootstrap import Parts


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'crossdock.db'}"
    return str(request.getfixturevalue("database_url"))


@pytest.fixture
def clock() -> LaterClock:
    """The ledger's clock."""
    return LaterClock()


@pytest.fixture
def parts(url: str, clock: LaterClock) -> Iterator[Parts]:
    """A fresh ledger and an empty bus with every queue."""
    ledger, bus = Ledger.open(url, Cipher.of([VAULT_KEY]), clock), open_bus("memory://", "crossdock test")
    try:
        ledger.migrate()
        bus.declare(TOPOLOGY)
        yield Parts(Settings(), ledger, bus, SimulatedGateways(ledger.records))
    finally:
        bus.close()
        ledger.close()


@pytest.fixture
def ledger(parts: Parts) -> Ledger:
    """The ledger of the parts."""
    return parts.ledger


@pytest.fixture
def pipeline(parts: Parts) -> Iterator[Pipeline]:
    """Every consumer and the relay on these parts, to be driven turn by turn."""
    with closing(Pipeline(parts)) as opened:
        yield opened
