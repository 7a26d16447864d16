"""Processor time of an event by stage: a consumer in this process, its stages timed by the thread's own clock."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any

from bench.broker import Broker
from bench.contenders import Contender, Wrap
from bench.environment import Environment
from bench.load import EVENTS_PER_ORDER, upstream_event
from events.open_bus import open_bus
from events.rabbitmq.bus import RabbitMqBus
from gateways.simulator.gateways import SimulatedGateways
from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import read_or_make_key
from ledger.ledger import Ledger
from ledger.unit_of_work import UnitOfWork
from pipeline import processor
from schemas.settings import Settings
from workers.consumer import Consumer
from workers.process.garbage_collection import tune_gc
from workers.process.parts import Parts

STAGES: dict[str, tuple[Any, str]] = {
    "parse and validate": (processor, "parse_batch"),
    "look up (one statement, the orders' JSON read)": (processor, "look_up_batch"),
    "decide": (processor, "decide_batch"),
    "make follow-ups and rows": (processor, "write"),
    "the orders' JSON, the rows, one statement to write and commit": (UnitOfWork, "send"),
    "hand over to the publisher": (RabbitMqBus, "publish"),
}
Spent = defaultdict[str, float]
"""Seconds by stage."""

BEGIN = "begin a batch"
FINISH = "finish it"
REST_OF_STEP = "wait for the commit, and the rest of the batch processor"
LOOP = "the consumer's loop: deliveries, acknowledgements, freeing a batch's objects"
WIRE = "pika: frames in and out, in its two threads"


@dataclass(frozen=True, slots=True)
class Share:
    """Microseconds of processor time an event at one stage."""

    stage: str
    microseconds: float


def measure_profile(
    environment: Environment, contender: Contender, orders: int, progress: Callable[[int], None] = lambda _: None
) -> list[Share]:
    """Handle all events of these orders, and return the stages in their order."""
    spent: Spent = defaultdict(float)
    ledger = Ledger.open(
        environment.database_url, Cipher.of([read_or_make_key(environment.servers.folder / "vault.key")])
    )
    bus = open_bus(environment.broker_url, "bench profile")
    parts = Parts(Settings(), ledger, bus, SimulatedGateways(ledger.documents))
    tune_gc()
    try:
        with _queues(environment, contender) as (broker, wrap), _timed(spent):
            for leg in range(EVENTS_PER_ORDER):
                queue = contender.queue_of(upstream_event(0, leg).name)
                broker.publish(wrap(upstream_event(number, leg)) for number in range(orders))
                broker.wait_for_depth(queue, orders)
                _handle(parts, queue, orders, spent)
                progress((leg + 1) * orders)
    finally:
        bus.close()
        ledger.close()
    return _shares(spent, orders * EVENTS_PER_ORDER)


@contextmanager
def _queues(environment: Environment, contender: Contender) -> Iterator[tuple[Broker, Wrap]]:
    """Give the queues of a race without its drain, whose work would be counted as ours."""
    broker = Broker(environment.broker_url)
    try:
        yield broker, contender.prepare(environment, broker)
    finally:
        contender.clear(broker)
        broker.close()


def _handle(parts: Parts, queue: str, orders: int, spent: Spent) -> None:
    consumer = Consumer(parts.processor(queue), parts.bus, parts.settings.batch, parts.settings.prefetch)
    stop, handled = Event(), 0
    whole, own = time.process_time(), time.thread_time()
    while handled < orders:
        handled += consumer.turn(stop, within=1.0)
    consumer.turn(stop)  # waits for the last confirms
    own = time.thread_time() - own
    spent[LOOP] += own  # less the stages within it, in the end
    spent[WIRE] += time.process_time() - whole - own
    consumer.close()


@contextmanager
def _timed(spent: Spent) -> Iterator[None]:
    """Time each stage within the block."""
    seams = {**STAGES, BEGIN: (processor.BatchProcessor, "begin"), FINISH: (UnitOfWork, "wait")}
    originals = {stage: getattr(owner, name) for stage, (owner, name) in seams.items()}
    for stage, (owner, name) in seams.items():
        setattr(owner, name, _clocked(originals[stage], stage, spent))
    try:
        yield
    finally:
        for stage, (owner, name) in seams.items():
            setattr(owner, name, originals[stage])


def _clocked(work: Callable[..., Any], stage: str, spent: Spent) -> Callable[..., Any]:
    def clocked(*args: Any, **named: Any) -> Any:
        started = time.thread_time()
        try:
            return work(*args, **named)
        finally:
            spent[stage] += time.thread_time() - started

    return clocked


def _shares(spent: Spent, events: int) -> list[Share]:
    publish = "hand over to the publisher"
    inner = sum(spent[stage] for stage in STAGES if stage != publish)
    whole_step = spent[BEGIN] + spent[FINISH]
    rest = {
        REST_OF_STEP: whole_step - inner,
        publish: spent[publish],
        LOOP: spent[LOOP] - whole_step - spent[publish],
        WIRE: spent[WIRE],
    }
    stages = {stage: spent[stage] for stage in STAGES if stage != publish} | rest
    return [Share(stage, seconds * 1e6 / events) for stage, seconds in stages.items()]
