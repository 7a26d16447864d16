"""Latency at a steady rate: the time from publishing an event until its follow-up is confirmed and received."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import quantiles

from bench.audit import audit
from bench.contenders import Contender
from bench.environment import Environment
from bench.load import EVENTS_PER_ORDER, upstream_event
from bench.processes import running, still_running
from bench.race import Track, track

PER_SECOND = 200

LAG = 20
"""Orders between two events of the same order, 0.3 seconds at 200 events a second."""

WARM = 0.1
"""The share of the events, at the beginning, that is not counted."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds at the median, the 95th and the 99th percentile."""

    contender: str
    p50: float
    p95: float
    p99: float


def measure_latency(
    environment: Environment, contender: Contender, orders: int, progress: Callable[[int], None] = lambda _: None
) -> Latency:
    """Publish all events of these orders at a steady rate to one worker process."""
    plan = list(steady(orders))
    with track(environment, contender) as ground:
        commands = contender.commands(1)
        with running(commands, environment.variables(), environment.log) as workers, ThreadPoolExecutor(1) as beside:
            sent = _send(ground, plan[:1], progress)
            ground.drain.until(1, lambda: still_running(workers))
            drained = beside.submit(ground.drain.until, len(plan), lambda: still_running(workers))
            sent |= _send(ground, plan[1:], progress)
            drained.result()
        audit(environment, ground.broker, contender, ground.drain, orders)
        return _figures(ground, sent)


def steady(orders: int) -> Iterator[tuple[int, int]]:
    """Yield number and step of every event, the three of one order well apart and in their order."""
    for position in range(orders + LAG * (EVENTS_PER_ORDER - 1)):
        for step in range(EVENTS_PER_ORDER):
            number = position - step * LAG
            if 0 <= number < orders:
                yield number, step


def _send(ground: Track, plan: list[tuple[int, int]], progress: Callable[[int], None]) -> dict[str, float]:
    sent = {}
    started = time.monotonic()
    for position, (number, step) in enumerate(plan):
        event = upstream_event(number, step)
        parcel = ground.wrap(event)
        time.sleep(max(0.0, started + position / PER_SECOND - time.monotonic()))
        sent[event.id] = time.monotonic()
        ground.broker.publish([parcel])
        progress(position)
    return sent


def _figures(ground: Track, sent: dict[str, float]) -> Latency:
    counted = list(sent)[int(len(sent) * WARM) :]
    took = [(ground.drain.came[event] - sent[event]) * 1000 for event in counted]
    cuts = quantiles(took, n=100)
    return Latency(ground.contender.name, cuts[49], cuts[94], cuts[98])
