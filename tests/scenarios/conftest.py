"""The pipeline on each set-up: embedded (memory and SQLite), and on servers (RabbitMQ and PostgreSQL)."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.harness import Pipeline, opened_parts
from tests.servers.templates import migrated_sqlite

SERVERS = pytest.param("servers", marks=[pytest.mark.broker, pytest.mark.postgres])


@pytest.fixture(params=["embedded", SERVERS])
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pipeline]:
    """All consumers and the relay, which run turn by turn."""
    if request.param == "servers":
        urls = (request.getfixturevalue("vhost_url"), request.getfixturevalue("migrated_database_url"))
    else:
        urls = ("memory://", migrated_sqlite(tmp_path / "crossdock.db"))
    with opened_parts(*urls) as parts, closing(Pipeline(parts)) as opened:
        yield opened
