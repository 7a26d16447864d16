"""The pipeline on each set-up: embedded (memory and SQLite), and on servers (RabbitMQ and PostgreSQL)."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.harness import Pipeline, opened_parts

SERVERS = pytest.param("servers", marks=[pytest.mark.broker, pytest.mark.postgres])


@pytest.fixture(params=["embedded", SERVERS])
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pipeline]:
    """Every consumer and the relay, to be driven turn by turn."""
    urls = ("memory://", f"sqlite:///{tmp_path / 'crossdock.db'}")
    if request.param == "servers":
        urls = (request.getfixturevalue("vhost_url"), request.getfixturevalue("database_url"))
    with opened_parts(*urls) as parts, closing(Pipeline(parts)) as opened:
        yield opened
