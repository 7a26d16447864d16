"""Real processes on RabbitMQ and PostgreSQL: with foreign publishers, stopped, killed, scaled, disconnected."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from events.registry import CONSUMERS
from gateways.simulator.gateways import SimulatedGateways
from ledger.ledger import Ledger
from schemas.product import Product
from tests.builders import START, STORE_ID, a_report, placed, shipped
from tests.harness import event_of, eventually
from tests.scenarios.crossdock import ROOT, Installation, Process, an_installation
from tests.scenarios.link import Link
from tests.servers.processes import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

EXAMPLES = ROOT / "examples"


@pytest.fixture
def installation(tmp_path: Path, vhost_url: str, migrated_database_url: str) -> Iterator[Installation]:
    """An installation on RabbitMQ and PostgreSQL."""
    with an_installation(tmp_path, vhost_url, migrated_database_url) as opened:
        yield opened


@pytest.fixture
def empty_installation(tmp_path: Path, vhost_url: str, database_url: str) -> Iterator[Installation]:
    """An installation on an empty virtual host and an empty database."""
    with closing(Installation(tmp_path, vhost_url, database_url)) as opened:
        yield opened


@pytest.fixture
def ledger(installation: Installation) -> Iterator[Ledger]:
    """The installation's ledger, opened by the test."""
    with closing(installation.opened_ledger()) as opened:
        yield opened


def wait_for_order(ledger: Ledger, number: int, import_state: str, status: str) -> None:
    def has_states() -> bool:
        with ledger.read() as work:
            order = work.orders.find(order_id(number))
        return order is not None and (order.import_state, order.status) == (import_state, status)

    eventually(has_states, f"order {number} is {import_state} and {status}")


def unhandled(ledger: Ledger) -> frozenset[tuple[str, bytes]]:
    """Return the consumer and the key of each published message that nobody has handled yet."""
    with ledger.read() as work:
        return work.deliveries.audit(CONSUMERS).unhandled


def order_id(number: int) -> str:
    return f"123-1234567-{number:07}"


def story(number: int) -> list[dict[str, Any]]:
    """An order from its placing to its parcel, in the wrong order."""
    order = order_id(number)
    events = (shipped(f"parcel-{number}", amazon_order_id=order), a_report(amazon_order_id=order))
    return [event_of(one) for one in (*events, placed(amazon_order_id=order))]


def stocked_gateways(ledger: Ledger) -> SimulatedGateways:
    gateways = SimulatedGateways(ledger.documents)
    gateways.commerce.catalog.save([Product(sku="SKU-1", name="Thing", quantity=100_000)])
    return gateways


def imported(ledger: Ledger) -> int:
    with ledger.read() as work:
        counts = work.orders.counts()["import_state"]
    return counts.get("imported", 0) + counts.get("completed", 0)


def test_events_of_plain_pika_and_kombu_scripts_are_handled_and_shown(empty_installation: Installation) -> None:
    installation = empty_installation
    installation.run("migrate")
    installation.run("topology", "apply")
    installation.run("stores", "add", STORE_ID, "--integrated-at", START.isoformat())
    installation.start("up", "--no-console")
    installation.run("stores", "add", "us")
    for script in ("publish_with_pika.py", "publish_with_kombu.py"):
        command = [sys.executable, str(EXAMPLES / script), installation.broker_url]
        subprocess.run(command, env={"PATH": os.environ["PATH"]}, check=True, capture_output=True, timeout=150)
    installation.run("products", "set", "SKU-1", "--quantity", "5", "--name", "Thing")
    installation.publish(story(1))
    with closing(installation.opened_ledger()) as ledger:
        wait_for_order(ledger, 1, "imported", "Shipped")
        installation.run("sync")
        wait_for_order(ledger, 1, "completed", "Completed")
        eventually(lambda: unhandled(ledger) == frozenset(), "all messages are handled")
        with ledger.read() as work:
            assert len(work.order_lists.page().rows) == 3
    order = json.loads(installation.run("orders", "show", order_id(1), "--json"))
    assert order["commerce_order"]["status"] == "complete"
    assert [shipment["confirmed"] for shipment in order["shipments"]] == [True]
    assert [entry["note"] for entry in order["history"]][-1] == "Status updated to Completed."


def test_consumers_that_are_stopped_killed_and_scaled_lose_and_duplicate_nothing(
    installation: Installation, ledger: Ledger
) -> None:
    gateways = stocked_gateways(ledger)
    installation.start("relay")
    others = [name for name in CONSUMERS if name not in ("status-changed", "importer")]
    installation.start("work", *others)
    words = ("work", "status-changed", "importer", "--batch", "10")
    first = installation.start(*words)
    installation.publish([event for number in range(100) for event in story(number)])
    eventually(lambda: imported(ledger) > 0, "the first orders are imported")
    assert first.end(signal.SIGTERM) == 0
    installation.publish([event for number in range(100, 200) for event in story(number)])
    many = installation.start(*words, "--processes", "3")
    eventually(lambda: len(many.log_lines("child started")) >= 3, "three processes are started")
    eventually(lambda: imported(ledger) > 100, "they resume where the first stopped")
    os.kill(many.log_lines("child started")[0]["pid"], signal.SIGKILL)
    installation.publish([event for number in range(200, 300) for event in story(number)])
    eventually(lambda: imported(ledger) == 300, "all orders are imported")
    eventually(lambda: len(confirmed_parcels(gateways)) == 300, "all parcels are confirmed")
    eventually(lambda: unhandled(ledger) == frozenset(), "all messages are handled")
    assert many.end(signal.SIGTERM) == 0
    assert "Traceback" not in many.log + first.log
    check_books(ledger, gateways)


def confirmed_parcels(gateways: SimulatedGateways) -> list[str]:
    return [number for order in gateways.amazon.orders() for number in order.parcels]


def check_books(ledger: Ledger, gateways: SimulatedGateways) -> None:
    """Compare published with handled messages, and the books of Amazon and Commerce with ours."""
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
    assert {pieces for order in gateways.amazon.orders() for pieces in order.confirmed.values()} == {1}


def place_order(installation: Installation, ledger: Ledger, number: int) -> None:
    """Publish an order, and wait until it is recorded."""
    installation.publish([event_of(placed(amazon_order_id=order_id(number)))])

    def is_recorded() -> bool:
        with ledger.read() as work:
            return work.orders.find(order_id(number)) is not None

    eventually(is_recorded, f"order {number} is recorded")


def losses_of(process: Process) -> list[tuple[str, str]]:
    """Return the lost connections to the broker, with the reason: an outage may change its reason, and logs each."""
    return [(str(line["connection"]), str(line["error"])) for line in process.log_lines("broker connection lost")]


@pytest.mark.parametrize("words", [("work", "importer"), ("relay",), ("scheduler",)])
def test_a_process_logs_its_start_and_its_end(installation: Installation, words: tuple[str, ...]) -> None:
    process = installation.start(*words)
    eventually(lambda: len(process.log_lines("process started")) == 1, "it logs its start")
    assert process.log_lines("process stopped") == []
    assert process.end() == 0
    assert len(process.log_lines("process stopped")) == 1


def test_the_embedded_process_logs_its_start(installation: Installation) -> None:
    process = installation.start(
        "up", CROSSDOCK_BROKER_URL="memory://", CROSSDOCK_DATABASE_URL="sqlite:///crossdock.db"
    )
    eventually(lambda: len(process.log_lines("process started")) == 1, "it logs its start")
    assert process.end() == 0


def test_an_unavailable_broker_is_logged_once_and_waited_for_at_the_start_and_later(
    installation: Installation, ledger: Ledger
) -> None:
    line = Link(installation.broker_url, 5672)
    process = installation.start("work", "order-placed", CROSSDOCK_BROKER_URL=line.url)
    eventually(lambda: bool(process.log_lines("broker connection lost")), "it logs the lost broker")
    line.restore()
    place_order(installation, ledger, 1)
    at_start = losses_of(process)
    line.cut()
    eventually(lambda: len({connection for connection, _ in losses_of(process)}) == 2, "both connections are logged")
    installation.publish([event_of(placed(amazon_order_id=order_id(2)))])
    line.restore()
    place_order(installation, ledger, 3)
    place_order(installation, ledger, 2)
    later = losses_of(process)[len(at_start) :]
    assert (len(set(at_start)), len(set(later))) == (len(at_start), len(later)), "no reason is logged twice"
    assert process.end() == 0
    line.cut()


def test_an_unavailable_database_is_logged_once_and_waited_for_at_the_start_and_later(
    installation: Installation, ledger: Ledger
) -> None:
    line = Link(installation.database_url, 5432)
    process = installation.start("work", "order-placed", CROSSDOCK_DATABASE_URL=line.url)
    eventually(lambda: bool(process.log_lines("retrying")), "it logs the unavailable database")
    line.restore()
    place_order(installation, ledger, 1)
    at_start = reasons_of(process)
    line.cut()
    installation.publish([event_of(placed(amazon_order_id=order_id(2)))])
    eventually(lambda: len(reasons_of(process)) > len(at_start), "it logs it again")
    line.restore()
    place_order(installation, ledger, 2)
    assert process.is_alive
    later = reasons_of(process)[len(at_start) :]
    assert (len(set(at_start)), len(set(later))) == (len(at_start), len(later)), "no reason is logged twice"
    eventually(lambda: recovered(process) == {operation for operation, _ in reasons_of(process)}, "it logs the end")
    assert process.end() == 0
    line.cut()


def recovered(process: Process) -> set[str]:
    return {str(line["operation"]) for line in process.log_lines("recovered")}


def reasons_of(process: Process) -> list[tuple[str, str]]:
    """Return what was tried again in vain, with the reason: an outage may change its reason, and logs each."""
    return [(str(line["operation"]), str(line["reason"])) for line in process.log_lines("retrying")]


def test_a_process_that_waits_for_its_database_at_its_start_is_alive_and_not_ready(
    installation: Installation,
) -> None:
    line, port = Link(installation.database_url, 5432), free_port()
    process = installation.start("work", "importer", CROSSDOCK_DATABASE_URL=line.url, CROSSDOCK_HEALTH_PORT=str(port))
    eventually(lambda: bool(process.log_lines("retrying")), "it waits")
    eventually(lambda: probed(port, "livez") == (200, {}), "it is alive")
    status, failing = probed(port, "readyz")
    assert (status, list(failing)) == (503, ["database"])
    line.restore()
    eventually(lambda: probed(port, "readyz") == (200, {}), "it is ready once the database is there")
    line.cut()
    eventually(
        lambda: list(probed(port, "readyz")[1]) == ["database"], "a database that is lost later fails the probe too"
    )
    assert process.end() == 0


def probed(port: int, question: str) -> tuple[int, dict[str, str]]:
    """Return the status and the failing parts of a probe; status 0 without an answer."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/{question}", timeout=60) as answer:
            return answer.status, json.load(answer)["failing"]
    except HTTPError as refusal:
        return refusal.code, json.load(refusal)["failing"]
    except URLError:
        return 0, {}


def test_a_process_that_waits_for_its_database_can_be_stopped(installation: Installation) -> None:
    line = Link(installation.database_url, 5432)
    process = installation.start("work", "order-placed", CROSSDOCK_DATABASE_URL=line.url)
    eventually(lambda: bool(process.log_lines("retrying")), "it waits")
    assert process.end(signal.SIGTERM) == 0
