"""Fixtures for every test: the servers of the run, and Crossdock on a database of the test's own; the slow tests."""

import gc
import logging
import os
import signal
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

from ledger.ledger import Ledger
from tests.harness import Pipeline, opened_parts
from tests.letters import LaterClock
from tests.measured_processes import unmeasured, withhold_measurement
from tests.servers import containers, postgresql, rabbitmq
from tests.servers.compiled_statements import share_compiled_statements
from tests.servers.processes import end_all
from tests.servers.run_folder import MEMORY, in_memory, new_run_folder, remove_stale_folders
from tests.servers.templates import drop_templates, migrated_sqlite, postgresql_template
from tests.servers.tiers import RUN_FOLDER, Server, server_for
from tests.shares import in_shares
from tests.sqs import serving_sqs
from workers.process.garbage_collection import tune_gc
from workers.process.parts import Parts

TIERS = {"broker": "broker_server", "postgres": "postgres_server"}
PULL_TIMEOUT = 600
"""Seconds for a test that may pull an image."""

DATABASES = {"sqlite": "sqlite", "postgresql": pytest.param("postgresql", marks=pytest.mark.postgres)}


settings.register_profile("every example", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fewer examples", settings.get_profile("every example"), max_examples=30)

SLOW = "slow, runs with ./run test --all or when its file is named"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --all, as continuous integration runs, and the switch of the tests of RabbitMQ's transport."""
    parser.addoption("--all", action="store_true", help="run the slow tests too: trials with killed processes")
    parser.addoption("--by-pika", action="store_true", help="run tests/events/rabbitmq without plain frames")


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's folder in the controller; pytest-xdist workers inherit it."""
    withhold_measurement()
    share_compiled_statements()
    settings.load_profile("every example" if config.getoption("--all") else "fewer examples")
    if not hasattr(config, "workerinput"):
        remove_stale_folders()
        os.environ[RUN_FOLDER] = str(new_run_folder())
        if in_memory():
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))  # SQLite waits for a disk at every commit
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as Ctrl-C does: with the servers
        # A shell lets its background jobs ignore it, and the processes under test would inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_sessionstart() -> None:
    """Withhold the variables that pytest-cov has set by now in a pytest-xdist worker."""
    withhold_measurement()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without looking for garbage, and look for it afterwards as rarely as our processes do."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        tune_gc()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run slow tests without coverage, which takes half as long again: the others reach the gate without them."""
    with unmeasured() if item.get_closest_marker("slow") else nullcontext():
        return (yield)


@pytest.fixture(autouse=True)
def _default_logs() -> Iterator[None]:
    """Undo the log configuration of a command line under test, which would hide log lines from the next test."""
    yield
    structlog.reset_defaults()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers with the run, however it ended."""
    if not hasattr(config, "workerinput"):
        run = Path(os.environ.pop(RUN_FOLDER))
        drop_templates(run)
        end_all(run)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """Skip slow tests that are not requested and mark tests by their servers; then order those that are left."""
    _skip_slow(config, items)
    _mark_servers(items)
    yield
    _order(config, items)


def _mark_servers(items: list[pytest.Item]) -> None:
    """Mark each test by its servers, the first of which may pull an image."""
    pulls = containers.engine_answers()
    for item in items:
        for tier, fixture in TIERS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(tier)
                if pulls:
                    item.add_marker(pytest.mark.timeout(PULL_TIMEOUT))


def _skip_slow(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all") or "slow" in config.getoption("markexpr"):
        return
    named = {(config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in config.args}
    for item in items:
        if item.get_closest_marker("slow") and item.path.resolve() not in named:
            item.add_marker(pytest.mark.skip(reason=SLOW))


def _order(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each of pytest-xdist's processes begin with slow tests, of which one alone would end the run otherwise."""
    if not hasattr(config, "workerinput"):
        return
    slow = [item for item in items if item.get_closest_marker("slow") and not item.get_closest_marker("skip")]
    chosen = set(slow)
    rest = [item for item in items if item not in chosen]
    items[:] = in_shares(slow, rest, config.workerinput["workercount"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the reasons of skipped tests, so that a run without servers or slow tests is not taken for a whole one."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"skipped {count}: {reason}", yellow=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that is marked `databases(NAME, ...)` on each of these; all others run on SQLite."""
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


@pytest.fixture(scope="session")
def sqs() -> Iterator[Any]:
    """An SQS of this run, and boto3 directed to it: a client for `tests.sqs.Queue`."""
    with serving_sqs() as client:
        yield client


@pytest.fixture
def vhost_url(broker_server: Server) -> Iterator[str]:
    """The URL of an empty virtual host, gone after the test."""
    with rabbitmq.fresh_vhost(broker_server) as url:
        yield url


@pytest.fixture
def separate_accounts(broker_server: Server, vhost_url: str) -> Iterator[rabbitmq.SeparateAccounts]:
    """An empty virtual host with an account for each party, gone after the test."""
    with rabbitmq.separate_accounts(broker_server, vhost_url) as accounts:
        yield accounts


@pytest.fixture
def database_url(postgres_server: Server) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, gone after the test."""
    with postgresql.fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def migrated_database_url(postgres_server: Server) -> Iterator[str]:
    """The URL of a PostgreSQL database with our tables and no rows, gone after the test."""
    with postgresql.fresh_database(postgres_server, postgresql_template(postgres_server)) as url:
        yield url


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with our tables and no rows."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return migrated_sqlite(tmp_path / "crossdock.db")
    return str(request.getfixturevalue("migrated_database_url"))


@pytest.fixture
def clock() -> LaterClock:
    """The ledger's clock, which a test may set forward."""
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
    """All consumers and the relay on these parts, which run turn by turn."""
    with closing(Pipeline(parts)) as opened:
        yield opened


@pytest.fixture
def restored_logs() -> Iterator[None]:
    """Put the root logger back as pytest had it, after a test that sets up logs."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    logging.raiseExceptions = True
    root.handlers[:] = handlers
    root.setLevel(level)
