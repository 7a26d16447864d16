"""Fixtures for every test: servers that the whole run shares, and the parts of Crossdock on a database of its own."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from ledger.ledger import Ledger
from tests.harness import Pipeline, opened_parts
from tests.letters import LaterClock
from tests.servers import containers, postgresql, rabbitmq
from tests.servers.processes import end_all
from tests.servers.tiers import RUN_FOLDER, Server, server_for
from workers.process.parts import Parts

TIERS = {"broker": "broker_server", "postgres": "postgres_server"}
DATABASES = {"sqlite": "sqlite", "postgresql": pytest.param("postgresql", marks=pytest.mark.postgres)}


def pytest_configure(config: pytest.Config) -> None:
    """Open the run's folder, once: pytest-xdist workers inherit it and own nothing."""
    if not hasattr(config, "workerinput"):
        os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="crossdock-tests-")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as Ctrl-C does: with the servers


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """Undo what a command line under test has set up: the next test would miss what it looks for in the logs."""
    yield
    structlog.reset_defaults()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers with the run, however it ended."""
    if not hasattr(config, "workerinput"):
        end_all(Path(os.environ.pop(RUN_FOLDER)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by the servers it asks for; the first may have to wait until an image is there."""
    pulls = containers.engine_answers()
    for item in items:
        for tier, fixture in TIERS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(tier)
                if pulls:
                    item.add_marker(pytest.mark.timeout(300))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked `databases(NAME, ...)` on each of these; everything else runs on SQLite."""
    marker = metafunc.definition.get_closest_marker("databases")
    if marker and "url" in metafunc.fixturenames:
        metafunc.parametrize("url", [DATABASES[name] for name in marker.args], indirect=True)


@pytest.fixture(scope="session")
def broker_server() -> Server:
    """The RabbitMQ of this run."""
    return server_for("broker", rabbitmq.WAYS)


@pytest.fixture(scope="session")
def postgres_server() -> Server:
    """The PostgreSQL of this run."""
    return server_for("postgres", postgresql.WAYS)


@pytest.fixture(scope="session")
def broker_url(broker_server: Server) -> str:
    """The URL of the run's RabbitMQ, without a virtual host."""
    return broker_server.url


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Server) -> str:
    """The URL of the run's PostgreSQL and its maintenance database."""
    return postgres_server.url


@pytest.fixture
def vhost_url(broker_server: Server) -> Iterator[str]:
    """The URL of an empty virtual host, gone after the test."""
    with rabbitmq.fresh_vhost(broker_server) as url:
        yield url


@pytest.fixture
def database_url(postgres_server: Server) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, gone after the test."""
    with postgresql.fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path / 'crossdock.db'}"
    return str(request.getfixturevalue("database_url"))


@pytest.fixture
def clock() -> LaterClock:
    """The ledger's clock, which a test may put forward."""
    return LaterClock()


@pytest.fixture
def parts(url: str, clock: LaterClock) -> Iterator[Parts]:
    """A fresh ledger and an empty bus in memory with every queue."""
    with opened_parts("memory://", url, clock) as opened:
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
