"""Latency: events come at a steady rate; how long from publishing one to its follow-up being confirmed and taken."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import quantiles

from bench.audit import audit
from bench.contenders import Contender
from bench.load import EVENTS_PER_ORDER, told
from bench.place import Place
from bench.processes import running, still_running
from bench.race import Track, track

PER_SECOND = 200

LAG = 20
"""Orders between two events of the same order, 0.3 seconds at 200 events a second."""

WARM = 0.1
"""The part of the events, at the beginning, that does not count."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds at the median, the 95th and the 99th percentile."""

    contender: str
    p50: float
    p95: float
    p99: float


def measure_latency(
    place: Place, contender: Contender, orders: int, progress: Callable[[int], None] = lambda _: None
) -> Latency:
    """Publish all events of so many orders at a steady rate to one worker process."""
    plan = list(steady(orders))
    with track(place, contender) as ground:
        commands = contender.commands(1)
        with running(commands, place.environment(), place.log) as workers, ThreadPoolExecutor(1) as beside:
            sent = _send(ground, plan[:1], progress)
            ground.drain.until(1, lambda: still_running(workers))
            drained = beside.submit(ground.drain.until, len(plan), lambda: still_running(workers))
            sent |= _send(ground, plan[1:], progress)
            drained.result()
        audit(place, ground.broker, contender, ground.drain, orders)
        return _figures(ground, sent)


def steady(orders: int) -> Iterator[tuple[int, int]]:
    """Yield number and step of every event, the three of one order well apart and in their order."""
    for place in range(orders + LAG * (EVENTS_PER_ORDER - 1)):
        for step in range(EVENTS_PER_ORDER):
            number = place - step * LAG
            if 0 <= number < orders:
                yield number, step


def _send(ground: Track, plan: list[tuple[int, int]], progress: Callable[[int], None]) -> dict[str, float]:
    sent = {}
    started = time.monotonic()
    for place, (number, step) in enumerate(plan):
        event = told(number, step)
        parcel = ground.wrap(event)
        time.sleep(max(0.0, started + place / PER_SECOND - time.monotonic()))
        sent[event.id] = time.monotonic()
        ground.broker.publish([parcel])
        progress(place)
    return sent


def _figures(ground: Track, sent: dict[str, float]) -> Latency:
    counted = list(sent)[int(len(sent) * WARM) :]
    took = [(ground.drain.came[event] - sent[event]) * 1000 for event in counted]
    cuts = quantiles(took, n=100)
    return Latency(ground.contender.name, cuts[49], cuts[94], cuts[98])
