"""Payloads that hang or kill: each ends as one dead letter, and those that came with it are handled."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.fixture import Stage, staged
from faults.plan import publication
from faults.poison_handlers import KILLED, KILLERS, die, hang, hoard, order_of, stick
from tests.builders import placed
from tests.servers.tiers import Server
from workers.poison_messages import DEATHS, SUSPECT
from workers.process.time_limit import HUNG

pytestmark = pytest.mark.timeout(120)

NEIGHBOURS = 6
STUCK = 1
"""The exit code that the fault handler ends a process with."""

AT_RISK = {KILLERS: "1", "CROSSDOCK_WORK_TIME_LIMIT": "3"}


@pytest.fixture
def stage(broker_server: Server, vhost_url: str, database_url: str, tmp_path: Path) -> Iterator[Stage]:
    with staged(broker_server, vhost_url, database_url, tmp_path, "") as opened:
        opened.variables = AT_RISK
        yield opened


def _publish_among_neighbours(stage: Stage, order: str) -> None:
    orders = [f"123-0000000-{number:07}" for number in range(NEIGHBOURS)]
    for one in [*orders[:3], order, *orders[3:]]:
        stage.publish(publication(placed(amazon_order_id=one), f"placed/{one}"))


def _deaths_until_all_is_handled(stage: Stage) -> list[int]:
    """Keep a consumer alive, as a supervisor does, until nothing is left to do; return how its processes ended."""
    deaths: list[int] = []
    process = stage.start("work", "order-placed")

    def all_handled() -> bool:
        nonlocal process
        if (code := process.poll()) is not None:
            deaths.append(code)
            process = stage.start("work", "order-placed")
        ((handled,),) = stage.place.sql("select count(*) from inbox")
        return bool(handled == NEIGHBOURS + 1)

    stage.until(all_handled)
    stage.finish(process)
    stage.faults = len(deaths)
    return deaths


def _letters(stage: Stage) -> list[tuple[str, str]]:
    return [(kind, order) for kind, order in stage.place.sql("select letter_type, amazon_order_id from dead_letters")]


@pytest.mark.parametrize(
    ("kind", "code"),
    [(hang, HUNG), (stick, STUCK), (die, KILLED)],
)
def test_what_hangs_or_kills_its_process_is_set_aside_and_its_neighbours_are_handled(
    stage: Stage, kind: Callable[[], None], code: int
) -> None:
    order = order_of(kind)
    _publish_among_neighbours(stage, order)
    assert _deaths_until_all_is_handled(stage) == [code] * (SUSPECT + DEATHS)
    assert _letters(stage) == [("crash", order)]
    assert stage.place.sql("select count(*) from orders") == [(NEIGHBOURS,)]
    assert stage.verdict() == []
    assert ("loop hung, exiting" in stage.log()) is (kind is hang)


def test_what_asks_for_more_memory_than_there_is_fails_alone(stage: Stage) -> None:
    order = order_of(hoard)
    _publish_among_neighbours(stage, order)
    assert _deaths_until_all_is_handled(stage) == []
    assert _letters(stage) == [("failed", order)]
    assert "MemoryError" in stage.log()
