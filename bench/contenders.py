"""The contenders, Crossdock and its peers: how each starts, receives an event, and is removed from the broker."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pika

from bench.broker import Broker, Parcel, with_headers
from bench.drain import FOLLOW_UPS
from bench.environment import ROOT, Environment
from bench.errors import BenchError
from bench.load import UpstreamEvent
from events.envelope import CONTENT_TYPE
from events.open_bus import open_bus
from events.registry import CONSUMERS
from events.topology import EVENTS, TOPOLOGY

PYTHON = (sys.executable, "-m")
TASKS = "bench-orders"
OURS = "crossdock"

Wrap = Callable[[UpstreamEvent], Parcel]
Commands = Callable[[int], list[list[str]]]


@dataclass(frozen=True, slots=True)
class Contender:
    """A program that does the job. `commands` are its command lines for a number of worker processes."""

    name: str
    commands: Commands
    queues: tuple[str, ...]
    exchanges: tuple[str, ...] = ()
    peer_module: str = ""
    follow_up_exchange: str = ""

    def queue_of(self, event: str) -> str:
        """Return the queue that an event of this name goes to."""
        takers = {name: consumer for consumer, name in CONSUMERS.items()}
        return TASKS if self.peer_module else takers[event]

    def prepare(self, environment: Environment, broker: Broker) -> Wrap:
        """Declare the queues as the contender itself does; return the function that wraps an event for it."""
        self.clear(broker)
        if not self.peer_module:
            return self._prepare_ours(environment, broker)
        sent = _send_one(self.peer_module, environment)
        broker.ensure(FOLLOW_UPS)
        if self.follow_up_exchange:
            broker.bind(FOLLOW_UPS, self.follow_up_exchange, FOLLOW_UPS)
        return Template(*broker.first(TASKS), sent).wrap

    def clear(self, broker: Broker) -> None:
        """Remove everything that a run leaves."""
        broker.remove((*self.queues, FOLLOW_UPS), self.exchanges)

    def _prepare_ours(self, environment: Environment, broker: Broker) -> Wrap:
        bus = open_bus(environment.broker_url, "bench")
        bus.declare(TOPOLOGY)
        bus.close()
        broker.ensure(FOLLOW_UPS)
        for event in ("order.recorded", "order.updated"):
            broker.bind(FOLLOW_UPS, EVENTS, event)
        return _our_parcel


def _our_parcel(event: UpstreamEvent) -> Parcel:
    properties = pika.BasicProperties(
        content_type=CONTENT_TYPE,
        delivery_mode=2,
        message_id=event.id,
        type=event.name,
        correlation_id=event.order_id,
        timestamp=int(time.time()),
    )
    return Parcel(EVENTS, event.name, event.body, properties)


PLACEHOLDER = "the-event-stands-here"


class Template:
    """A message that a peer's own client wrote, to be filled with other events: its wire format is the peer's."""

    def __init__(self, properties: pika.BasicProperties, body: bytes, sent_id: str) -> None:
        """Take the message apart. *sent_id* is the id that the client gave it, if it gives one."""
        self._properties = properties
        self._headers = json.dumps(properties.headers or {}, default=str)
        self._body = body
        self._id = sent_id
        self._plain = body == PLACEHOLDER.encode()

    def wrap(self, event: UpstreamEvent) -> Parcel:
        """Return the same message with another event and its own id."""
        text = event.body if self._plain else json.dumps(event.body.decode())[1:-1].encode()
        new_id, body, headers = str(uuid4()), self._body, self._headers
        changed: dict[str, Any] = {"message_id": new_id}
        if self._id:
            body, headers = body.replace(self._id.encode(), new_id.encode()), headers.replace(self._id, new_id)
            if self._properties.correlation_id == self._id:
                changed["correlation_id"] = new_id
        body = body.replace(PLACEHOLDER.encode(), text)
        return Parcel("", TASKS, body, with_headers(self._properties, json.loads(headers), **changed))


def _send_one(module: str, environment: Environment) -> str:
    command = [*PYTHON, "bench.peers.send", module, PLACEHOLDER]
    variables = environment.variables()
    sent = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=60)
    if sent.returncode:
        raise BenchError(f"{module} could not publish. The end of its output:\n{sent.stderr[-2000:]}")
    return sent.stdout.strip()


def _ours(processes: int) -> list[list[str]]:
    return [[*PYTHON, "crossdock", "work", "order-placed", "status-changed", "--processes", str(processes)]]


def _celery(pool: str, concurrency: Callable[[int], int], workers: Callable[[int], int]) -> Commands:
    options = ["--loglevel", "error", "--without-gossip", "--without-mingle", "--without-heartbeat"]

    def commands(processes: int) -> list[list[str]]:
        words = ["-A", "bench.peers.celery_app", "worker", "-Q", TASKS, "--pool", pool, *options]
        size = ["--concurrency", str(concurrency(processes))]
        return [[*PYTHON, "celery", *words, *size, "-n", f"bench{number}@%h"] for number in range(workers(processes))]

    return commands


def _dramatiq(processes: int) -> list[list[str]]:
    size = ["--processes", str(processes), "--threads", "8"]
    return [[*PYTHON, "dramatiq", "bench.peers.dramatiq_app", *size, "--queues", TASKS, "--skip-logging"]]


def _faststream(processes: int) -> list[list[str]]:
    return [[*PYTHON, "bench.peers.faststream_app"]] * processes


def _taskiq(processes: int) -> list[list[str]]:
    options = ["--ack-type", "when_executed", "--log-level", "ERROR", "--workers", str(processes)]
    return [[*PYTHON, "taskiq", "worker", "bench.peers.taskiq_app:broker", *options]]


_CELERY_DELAYS = tuple(f"celery_delayed_{level}" for level in range(28))
"""Celery makes these for delays as soon as it sees a quorum queue."""

_CELERY: Mapping[str, Any] = {
    "queues": (TASKS, *_CELERY_DELAYS),
    "exchanges": (TASKS, FOLLOW_UPS, *_CELERY_DELAYS, "celery_delayed_delivery"),
    "peer_module": "celery_app",
}

CONTENDERS = (
    Contender(
        OURS,
        _ours,
        queues=tuple(queue.name for queue in TOPOLOGY.queues),
        exchanges=tuple(exchange.name for exchange in reversed(TOPOLOGY.exchanges)),
    ),
    Contender("celery-prefork", _celery("prefork", lambda processes: processes, lambda _: 1), **_CELERY),
    Contender("celery-threads", _celery("threads", lambda _: 8, lambda processes: processes), **_CELERY),
    Contender(
        "dramatiq",
        _dramatiq,
        queues=(TASKS, f"{TASKS}.DQ", f"{TASKS}.XQ", f"{FOLLOW_UPS}.DQ", f"{FOLLOW_UPS}.XQ"),
        peer_module="dramatiq_app",
    ),
    Contender("faststream", _faststream, queues=(TASKS,), peer_module="faststream_app"),
    Contender(
        "taskiq",
        _taskiq,
        queues=(TASKS, "taskiq.dead_letter"),
        exchanges=("taskiq",),
        peer_module="taskiq_app",
        follow_up_exchange="taskiq",
    ),
)
"""In the order of their turns. A peer's name begins with the name of its project."""
