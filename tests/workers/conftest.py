"""The parts on one machine: SQLite, memory, and the simulated ends."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.ledger import Ledger
from tests.pipeline import Pipeline, opened_parts
from workers.process.bootstrap import Parts


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    """A fresh ledger and an empty bus with every queue."""
    with opened_parts("memory://", f"sqlite:///{tmp_path / 'crossdock.db'}") as opened:
        yield opened


@pytest.fixture
def ledger(parts: Parts) -> Ledger:
    """The ledger of the parts."""
    return parts.ledger


@pytest.fixture
def pipeline(parts: Parts) -> Iterator[Pipeline]:
    """Every consumer and the relay on these parts, to be driven turn by turn."""
    with closing(Pipeline(parts)) as opened:
        yield opened
