"""Real processes on RabbitMQ and PostgreSQL: published to by strangers, stopped, killed, scaled, cut off."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from events.registry import CONSUMERS
from gateways.simulator.gateways import SimulatedGateways
from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import read_or_make_key
from ledger.ledger import Ledger
from schemas.product import Product
from tests.builders import a_report, placed, shipped
from tests.events.cable import Cable
from tests.harness import event_of, eventually
from tests.scenarios.crossdock import ROOT, Process, Town, a_town
from tests.servers.processes import free_port

pytestmark = pytest.mark.timeout(150)

EXAMPLES = ROOT / "examples"


@pytest.fixture
def town(tmp_path: Path, vhost_url: str, database_url: str) -> Iterator[Town]:
    """A set-up on RabbitMQ and PostgreSQL."""
    with a_town(tmp_path, vhost_url, database_url) as opened:
        yield opened


@pytest.fixture
def ledger(town: Town, tmp_path: Path) -> Iterator[Ledger]:
    """The set-up's ledger, looked at from outside."""
    opened = Ledger.open(town.database_url, Cipher.of([read_or_make_key(tmp_path / "crossdock.key")]))
    yield opened
    opened.close()


def order_id(number: int) -> str:
    return f"123-1234567-{number:07}"


def story(number: int) -> list[dict[str, Any]]:
    """An order from its placing to its parcel, in the wrong order."""
    order = order_id(number)
    told = (shipped(f"parcel-{number}", amazon_order_id=order), a_report(amazon_order_id=order))
    return [event_of(one) for one in (*told, placed(amazon_order_id=order))]


def furnish(ledger: Ledger) -> SimulatedGateways:
    gateways = SimulatedGateways(ledger.documents)
    gateways.commerce.catalog.save([Product(sku="SKU-1", name="Thing", quantity=100_000)])
    return gateways


def imported(ledger: Ledger) -> int:
    with ledger.read() as work:
        counts = work.orders.counts()["import_state"]
    return counts.get("imported", 0) + counts.get("completed", 0)


def test_what_plain_pika_and_plain_kombu_scripts_publish_is_handled_and_can_be_shown(
    town: Town, ledger: Ledger
) -> None:
    town.start("up")
    for script in ("publish_with_pika.py", "publish_with_kombu.py"):
        command = [sys.executable, str(EXAMPLES / script), town.broker_url]
        subprocess.run(command, env={"PATH": os.environ["PATH"]}, check=True, capture_output=True, timeout=30)
    town.run("products", "set", "SKU-1", "--quantity", "5", "--name", "Thing")
    town.publish(story(1))
    town.shows(order_id(1), import_state="imported", status="Shipped")
    town.run("sync")
    town.shows(order_id(1), import_state="completed", status="Completed")
    order = json.loads(town.run("orders", "show", order_id(1), "--json"))
    assert order["commerce_order"]["status"] == "complete"
    assert [shipment["confirmed"] for shipment in order["shipments"]] == [True]
    assert [entry["note"] for entry in order["history"]][-1] == "Status updated to Completed."
    with ledger.read() as work:
        assert len(work.orders.page().rows) == 3
        assert work.deliveries.audit(CONSUMERS).unhandled == frozenset()


def test_consumers_that_are_stopped_killed_and_scaled_lose_and_double_nothing(town: Town, ledger: Ledger) -> None:
    gateways = furnish(ledger)
    town.start("relay")
    others = [name for name in CONSUMERS if name not in ("status-changed", "importer")]
    town.start("work", *others)
    words = ("work", "status-changed", "importer", "--batch", "10")
    first = town.start(*words)
    town.publish([event for number in range(100) for event in story(number)])
    eventually(lambda: imported(ledger) > 0, "the first orders are imported")
    assert first.end(signal.SIGTERM) == 0
    town.publish([event for number in range(100, 200) for event in story(number)])
    many = town.start(*words, "--processes", "3")
    eventually(lambda: len(many.said("child started")) == 3, "three processes are started")
    eventually(lambda: imported(ledger) > 100, "they go on where the first stopped", 60.0)
    os.kill(many.said("child started")[0]["pid"], signal.SIGKILL)
    town.publish([event for number in range(200, 300) for event in story(number)])
    eventually(lambda: imported(ledger) == 300, "all orders are imported", 60.0)
    eventually(lambda: len(told_parcels(gateways)) == 300, "all parcels are confirmed", 60.0)
    assert many.end(signal.SIGTERM) == 0
    assert "Traceback" not in many.log + first.log
    check_books(ledger, gateways)


def told_parcels(gateways: SimulatedGateways) -> list[str]:
    return [number for order in gateways.amazon.orders() for number in order.parcels]


def check_books(ledger: Ledger, gateways: SimulatedGateways) -> None:
    """Compare what was said with what was handled, and the outside's books with ours."""
    with ledger.read() as work:
        audit = work.deliveries.audit(CONSUMERS)
        handled = {name: len([key for consumer, key in audit.handled if consumer == name]) for name in CONSUMERS}
        assert audit.unhandled == frozenset()
        assert work.dead_letters.latest() == []
        assert {name: handled[name] for name in ("order-placed", "status-changed", "commerce-shipped")} == {
            "order-placed": 300,
            "status-changed": 300,
            "commerce-shipped": 300,
        }
    made = [order for order in gateways.commerce.orders() if order.number]
    assert len({order.key for order in made}) == len({order.number for order in made}) == len(made) == 300
    assert gateways.commerce.reservation_drift() == {}
    assert {pieces for order in gateways.amazon.orders() for pieces in order.told.values()} == {1}


class Line:
    """The way to a server, which may be cut and laid again at the same place."""

    def __init__(self, url: str, default_port: int) -> None:
        """Find a place that nobody listens at."""
        parts = urlsplit(url)
        self._to = (parts.hostname or "127.0.0.1", parts.port or default_port)
        self._cable = Cable(*self._to)
        self._port = self._cable.port
        user = f"{parts.username}:{parts.password}@" if parts.password else f"{parts.username}@"
        self.url = parts._replace(netloc=f"{user}127.0.0.1:{self._port}").geturl()
        self.cut()

    def cut(self) -> None:
        """Let nobody through."""
        self._cable.close()

    def lay(self) -> None:
        """Let everybody through."""
        self._cable = Cable(*self._to, at=self._port)


def records(town: Town, ledger: Ledger, number: int) -> None:
    """Have an order placed, and wait until it is recorded."""
    town.publish([event_of(placed(amazon_order_id=order_id(number)))])

    def is_recorded() -> bool:
        with ledger.read() as work:
            return work.orders.find(order_id(number)) is not None

    eventually(is_recorded, f"order {number} is recorded", 45.0)


def outage(process: Process, event: str) -> list[str]:
    return [str(line.get("connection") or line.get("doing")) for line in process.said(event)]


@pytest.mark.parametrize("words", [("work", "importer"), ("relay",), ("scheduler",)])
def test_a_process_says_when_it_is_at_work_and_that_it_stopped(town: Town, words: tuple[str, ...]) -> None:
    process = town.start(*words)
    eventually(lambda: len(process.said("process started")) == 1, "it has started")
    assert process.said("process stopped") == []
    assert process.end() == 0
    assert len(process.said("process stopped")) == 1


def test_the_embedded_process_says_when_it_is_at_work(town: Town) -> None:
    process = town.start("up", CROSSDOCK_BROKER_URL="memory://", CROSSDOCK_DATABASE_URL="sqlite:///crossdock.db")
    eventually(lambda: len(process.said("process started")) == 1, "it has started")
    assert process.end() == 0


def test_a_broker_that_is_away_is_said_once_and_waited_for_at_the_start_and_later(town: Town, ledger: Ledger) -> None:
    line = Line(town.broker_url, 5672)
    process = town.start("work", "order-placed", CROSSDOCK_BROKER_URL=line.url)
    eventually(lambda: bool(process.said("broker away")), "it says that the broker is away")
    line.lay()
    records(town, ledger, 1)
    line.cut()
    eventually(lambda: len(set(outage(process, "broker away"))) == 2, "both connections say so")
    town.publish([event_of(placed(amazon_order_id=order_id(2)))])
    line.lay()
    records(town, ledger, 3)
    records(town, ledger, 2)
    said = outage(process, "broker away")
    assert all(said.count(connection) <= 2 for connection in said)
    assert process.end() == 0
    line.cut()


def test_a_database_that_is_away_is_said_once_and_waited_for_at_the_start_and_later(town: Town, ledger: Ledger) -> None:
    line = Line(town.database_url, 5432)
    process = town.start("work", "order-placed", CROSSDOCK_DATABASE_URL=line.url)
    eventually(lambda: bool(process.said("retrying")), "it says that the database is away")
    line.lay()
    records(town, ledger, 1)
    line.cut()
    town.publish([event_of(placed(amazon_order_id=order_id(2)))])
    eventually(lambda: len(process.said("retrying")) == 2, "it says so again")
    line.lay()
    records(town, ledger, 2)
    assert process.is_alive
    assert len(process.said("retrying")) == len(process.said("recovered")) == 2
    assert process.end() == 0
    line.cut()


def test_a_process_that_waits_for_its_database_from_the_start_is_alive_and_not_ready(town: Town) -> None:
    line, port = Line(town.database_url, 5432), free_port()
    process = town.start("work", "importer", CROSSDOCK_DATABASE_URL=line.url, CROSSDOCK_HEALTH_PORT=str(port))
    eventually(lambda: bool(process.said("retrying")), "it waits")
    eventually(lambda: probed(port, "livez") == (200, {}), "it is alive")
    status, failing = probed(port, "readyz")
    assert (status, list(failing)) == (503, ["database"])
    line.lay()
    eventually(lambda: probed(port, "readyz") == (200, {}), "it is ready once the database is there")
    line.cut()
    eventually(
        lambda: list(probed(port, "readyz")[1]) == ["database"], "a database that is away later is called so too"
    )
    assert process.end() == 0


def probed(port: int, question: str) -> tuple[int, dict[str, str]]:
    """Return a probe's status and what fails; no status where nobody answers."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/{question}", timeout=10) as answer:
            return answer.status, json.load(answer)["failing"]
    except HTTPError as refusal:
        return refusal.code, json.load(refusal)["failing"]
    except URLError:
        return 0, {}


def test_a_process_that_waits_for_its_database_can_be_stopped(town: Town) -> None:
    line = Line(town.database_url, 5432)
    process = town.start("work", "order-placed", CROSSDOCK_DATABASE_URL=line.url)
    eventually(lambda: bool(process.said("retrying")), "it waits")
    assert process.end(signal.SIGTERM) == 0
