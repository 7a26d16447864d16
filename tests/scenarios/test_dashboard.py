"""Each panel of the dashboard has data of a Crossdock that runs, as Prometheus reads it."""

import json
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from events.registry import CONSUMERS
from tests.builders import a_report, placed, shipped
from tests.harness import event_of, eventually
from tests.scenarios.crossdock import ROOT, Installation, an_installation
from tests.servers.processes import free_port
from tests.servers.prometheus import program, prometheus

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

DASHBOARD = json.loads((ROOT / "monitoring/grafana/dashboards/crossdock.json").read_text())
QUERIES = {
    f"{panel['title']} {target['refId']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel.get("targets", ())
}
PROCESSES = (("work", *CONSUMERS), ("relay",), ("scheduler",), ("console",))
OTHER_ORDER = "123-1234567-0000002"


ELSEWHERE = {"Outbox lag B", "Calls that failed A", "Amazon's rates A"}
"""Those of Amazon's and Commerce's real clients, which the simulated ends of this test do without."""


@pytest.fixture
def installation(tmp_path: Path, vhost_url: str, migrated_database_url: str) -> Iterator[Installation]:
    """An installation on RabbitMQ and PostgreSQL, without products."""
    program("prometheus")
    with an_installation(tmp_path, vhost_url, migrated_database_url) as opened:
        yield opened


def test_every_panel_shows_data_of_blocked_early_and_failed_events_and_a_replay(
    installation: Installation, tmp_path: Path
) -> None:
    ports, page = [free_port() for _ in PROCESSES], free_port()
    for words, port in zip(PROCESSES, ports, strict=True):
        installation.start(*words, CROSSDOCK_HEALTH_PORT=str(port), CROSSDOCK_CONSOLE_PORT=str(page))
    jobs = [{"job_name": "crossdock", "static_configs": [{"targets": [f"127.0.0.1:{port}" for port in ports]}]}]
    with prometheus(tmp_path, {"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}) as url:
        installation.publish([event_of(placed()), event_of(a_report()), event_of(placed()) | {"data": {}}])
        installation.publish([event_of(shipped("P-1", amazon_order_id=OTHER_ORDER))])
        wait_for_letter(installation, "failed")
        installation.start("dead-letters", "replay", "--class", "failed", "--yes")
        for name in sorted(QUERIES.keys() - ELSEWHERE):
            eventually(partial(_shows_data, url, QUERIES[name], page), f"{name} shows data")


def wait_for_letter(installation: Installation, letter_type: str) -> None:
    def is_there() -> bool:
        with ledger.read() as work:
            return letter_type in {letter.letter_type for letter in work.dead_letters.latest()}

    with closing(installation.opened_ledger()) as ledger:
        eventually(is_there, f"the {letter_type} letter is there")


def _shows_data(url: str, query: str, page: int) -> bool:
    """Whether a panel's query has samples, while the console is visited."""
    _answer(f"http://127.0.0.1:{page}/sign-in")
    return bool(_samples(url, query))


def _samples(prometheus_url: str, query: str) -> list[object]:
    """Return the samples of a panel's query, those of value zero too where the panel leaves them out."""
    asked = urlencode({"query": query.removesuffix(" > 0").replace("$__rate_interval", "10s")})
    answer = json.loads(_answer(f"{prometheus_url}/api/v1/query?{asked}") or "{}")
    return list(answer.get("data", {}).get("result", []))


def _answer(url: str) -> bytes:
    with suppress(OSError), urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address
        return bytes(answer.read())
    return b""
