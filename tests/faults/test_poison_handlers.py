"""Handlers that hang or crash on an event: it ends as one dead letter, and its neighbours are handled."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.fixture import Fixture, opened_fixture
from faults.plan import publication
from faults.poison_handlers import (
    EXIT_CODE,
    POISON_HANDLERS,
    exhaust_memory,
    exit_process,
    hang,
    hang_holding_gil,
    poison_order_id,
)
from tests.builders import placed
from tests.servers.tiers import Server
from workers.poison_messages import DEATHS, SUSPECT
from workers.process.time_limit import HUNG

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

NEIGHBOURS = 6
FAULTHANDLER_EXIT_CODE = 1
"""The exit code of Python's faulthandler."""

VARIABLES = {POISON_HANDLERS: "1", "CROSSDOCK_WORK_TIME_LIMIT": "8"}


@pytest.fixture
def fixture(broker_server: Server, vhost_url: str, migrated_database_url: str, tmp_path: Path) -> Iterator[Fixture]:
    with opened_fixture(broker_server, vhost_url, migrated_database_url, tmp_path, "") as opened:
        opened.variables = VARIABLES
        yield opened


def _publish_among_neighbours(fixture: Fixture, order: str) -> None:
    orders = [f"123-0000000-{number:07}" for number in range(NEIGHBOURS)]
    for amazon_order_id in [*orders[:3], order, *orders[3:]]:
        event = publication(placed(amazon_order_id=amazon_order_id), f"placed/{amazon_order_id}")
        fixture.publish(event)


def _exit_codes_until_all_is_handled(fixture: Fixture) -> list[int]:
    """Restart a consumer, as a supervisor does, until all events are handled; return its processes' exit codes."""
    exit_codes: list[int] = []
    process = fixture.start("work", "order-placed")

    def all_handled() -> bool:
        nonlocal process
        if (code := process.poll()) is not None:
            exit_codes.append(code)
            process = fixture.start("work", "order-placed")
        ((handled,),) = fixture.environment.sql("select count(*) from inbox")
        return bool(handled == NEIGHBOURS + 1)

    fixture.until(all_handled)
    fixture.finish(process)
    fixture.faults = len(exit_codes)
    return exit_codes


def _letters(fixture: Fixture) -> list[tuple[str, str]]:
    return [
        (kind, order)
        for kind, order in fixture.environment.sql("select letter_type, amazon_order_id from dead_letters")
    ]


@pytest.mark.parametrize(
    ("kind", "code"),
    [(hang, HUNG), (hang_holding_gil, FAULTHANDLER_EXIT_CODE), (exit_process, EXIT_CODE)],
)
def test_an_event_that_hangs_or_kills_its_process_is_dead_lettered_and_its_neighbours_are_handled(
    fixture: Fixture, kind: Callable[[], None], code: int
) -> None:
    order = poison_order_id(kind)
    _publish_among_neighbours(fixture, order)
    assert _exit_codes_until_all_is_handled(fixture) == [code] * (SUSPECT + DEATHS)
    assert _letters(fixture) == [("crash", order)]
    assert fixture.environment.sql("select count(*) from orders") == [(NEIGHBOURS,)]
    assert fixture.violations() == []
    assert ("loop hung, exiting" in fixture.log()) is (kind is hang)


def test_an_event_that_exhausts_memory_fails_alone(fixture: Fixture) -> None:
    order = poison_order_id(exhaust_memory)
    _publish_among_neighbours(fixture, order)
    assert _exit_codes_until_all_is_handled(fixture) == []
    assert _letters(fixture) == [("failed", order)]
    assert "MemoryError" in fixture.log()
