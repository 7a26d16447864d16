"""Fixtures of the trials."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.processes import end_all
from tests.servers.tiers import Server


@pytest.fixture
def run(broker_server: Server, postgres_server: Server) -> Iterator[Path]:
    """A folder for servers and processes that are gone afterwards. They are Debian's own: only those can be killed."""
    folder = Path(tempfile.mkdtemp(prefix="crossdock-trial-"))  # pytest's own lets no other user through
    yield folder
    end_all(folder)
