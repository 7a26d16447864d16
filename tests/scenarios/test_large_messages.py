"""Large messages before a real worker on RabbitMQ and PostgreSQL: its memory stays below the promised limit."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pika
import pytest

from tests.builders import placed
from tests.harness import event_of, eventually
from tests.scenarios.crossdock import Installation, Process, an_installation
from tests.servers.rabbitmq import fresh_vhost, own_node, server_of
from tests.servers.tiers import Server

pytestmark = [pytest.mark.broker, pytest.mark.slow, pytest.mark.timeout(900)]

MIB = 1024 * 1024
MEMORY_LIMIT = 400
"""MiB of a worker, with any queue."""

HONEST = 20

BACKLOG_TIME = 20.0
"""Seconds in which messages pile up before the worker starts."""


@pytest.fixture(scope="module")
def broker() -> Iterator[Server]:
    """A node of these tests: their backlog raises its memory alarm, which stops the publishers of all virtual hosts."""
    with own_node("large-messages") as node:
        yield server_of(node)


@pytest.fixture
def installation(tmp_path: Path, broker: Server, migrated_database_url: str) -> Iterator[Installation]:
    """An installation on RabbitMQ and PostgreSQL."""
    with fresh_vhost(broker) as vhost_url, an_installation(tmp_path, vhost_url, migrated_database_url) as opened:
        yield opened


def padded(size: int) -> bytes:
    """Return a valid order of so many bytes."""
    event = event_of(placed())
    event["data"]["padding"] = "x" * (size - len(json.dumps(event)))
    return json.dumps(event).encode()


def deep(size: int) -> bytes:
    """Return a valid order of many small values, which take many times their size in memory."""
    event = event_of(placed())
    event["data"]["padding"] = [{}] * (size // 4 - 1000)
    return json.dumps(event, separators=(",", ":")).encode()


def publish(installation: Installation, body: bytes, count: int, headers: dict[str, str] | None = None) -> None:
    """Publish a body so many times, and honest orders in between."""
    connection = pika.BlockingConnection(pika.URLParameters(installation.broker_url))
    channel = connection.channel()
    channel.confirm_delivery()
    every = max(1, count // HONEST)
    for number in range(count):
        channel.basic_publish("crossdock.events", "order.placed", body, pika.BasicProperties(headers=headers))
        if number % every == 0 and number // every < HONEST:
            order = event_of(placed(amazon_order_id=honest_order(number // every)))
            channel.basic_publish("crossdock.events", "order.placed", json.dumps(order).encode())
    connection.close()


def honest_order(number: int) -> str:
    return f"123-1234567-{number:07}"


def wait_for_honest_orders(installation: Installation) -> None:
    def all_recorded() -> bool:
        with ledger.read() as work:
            return all(work.orders.find(honest_order(number)) for number in reversed(range(HONEST)))

    with closing(installation.opened_ledger()) as ledger:
        eventually(all_recorded, "the honest orders are recorded", 300)


def peak_memory(process: Process) -> int:
    """Return the most MiB that one process of a group ever had in memory."""
    peaks = [0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
            group = int((status.parent / "stat").read_text().rpartition(")")[2].split()[2])
        except OSError:
            continue
        if group == process.pid and (peak := re.search(r"VmHWM:\s+(\d+) kB", text)):
            peaks.append(int(peak[1]) // 1024)
    return max(peaks)


@pytest.mark.parametrize(
    ("make", "size", "count"),
    [(padded, 15 * MIB, 60), (padded, MIB, 600), (padded, 200_000, 1500), (deep, MIB - 4000, 300)],
)
def test_a_worker_stays_below_its_memory_limit_and_handles_the_honest_orders(
    installation: Installation, make: object, size: int, count: int
) -> None:
    assert callable(make)
    # The node itself stops publishers at a gigabyte, until the worker has taken some.
    publisher = Thread(target=publish, args=(installation, make(size), count), daemon=True)
    publisher.start()
    publisher.join(BACKLOG_TIME)
    worker = installation.start("work", "order-placed")

    wait_for_honest_orders(installation)
    publisher.join(300)
    assert not publisher.is_alive()
    assert worker.is_alive
    assert 0 < peak_memory(worker) < MEMORY_LIMIT


def test_headers_do_not_count_against_the_memory_limit(installation: Installation) -> None:
    publish(installation, padded(1000), 600, {f"x-{number}": "y" * 1000 for number in range(100)})
    worker = installation.start("work", "order-placed")
    wait_for_honest_orders(installation)
    assert 0 < peak_memory(worker) < MEMORY_LIMIT
