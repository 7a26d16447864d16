"""The pipeline on each set-up: embedded (memory and SQLite), and on servers (RabbitMQ and PostgreSQL)."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.harness import Pipeline, opened_parts
from tests.servers.templates import migrated_sqlite


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each scenario embedded, and on servers: in the ordinary run those alone that are marked `on_servers`.

    Servers and transports have tests of their own; a scenario on them costs a second of processor time.
    """
    if "pipeline" in metafunc.fixturenames:
        marks = [pytest.mark.broker, pytest.mark.postgres]
        if not metafunc.definition.get_closest_marker("on_servers"):
            marks.append(pytest.mark.slow)
        metafunc.parametrize("pipeline", ["embedded", pytest.param("servers", marks=marks)], indirect=True)


@pytest.fixture
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pipeline]:
    """All consumers and the relay, which run turn by turn."""
    if request.param == "servers":
        urls = (request.getfixturevalue("vhost_url"), request.getfixturevalue("migrated_database_url"))
    else:
        urls = ("memory://", migrated_sqlite(tmp_path / "crossdock.db"))
    with opened_parts(*urls) as parts, closing(Pipeline(parts)) as opened:
        yield opened
