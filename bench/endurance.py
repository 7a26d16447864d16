"""Endurance: one worker process over very many events; its memory and its rate, wave by wave."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.audit import audit
from bench.contenders import Contender
from bench.environment import Environment
from bench.load import EVENTS_PER_ORDER, upstream_event
from bench.processes import memory_bytes, running, still_running
from bench.race import track


@dataclass(frozen=True, slots=True)
class Wave:
    """The worker after this number of events. The rate is the wave's own, publishing included."""

    events: int
    rate: float
    memory: int


def measure_endurance(
    environment: Environment,
    contender: Contender,
    waves: int,
    orders: int,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Wave]:
    """Publish waves of orders to one worker that is not restarted; every leg ends before the next begins."""
    measured = []
    with track(environment, contender) as ground:
        with running(contender.commands(1), environment.variables(), environment.log) as workers:
            for wave in range(waves):
                started, before = time.monotonic(), ground.drain.count
                for step in range(EVENTS_PER_ORDER):
                    numbers = range(wave * orders, (wave + 1) * orders)
                    ground.broker.publish(ground.wrap(upstream_event(number, step)) for number in numbers)
                    ground.drain.until(before + (step + 1) * orders, lambda: still_running(workers))
                    progress(ground.drain.count)
                rate = orders * EVENTS_PER_ORDER / (time.monotonic() - started)
                measured.append(Wave(ground.drain.count, rate, memory_bytes([worker.pid for worker in workers])))
        audit(environment, ground.broker, contender, ground.drain, waves * orders)
    return measured
