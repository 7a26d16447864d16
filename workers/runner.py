"""Roles: the loops a process can run, together in threads."""

from collections.abc import Mapping
from threading import Event, Thread
from typing import Protocol

import structlog

from events.registry import CONSUMERS
from events.topology import TOPOLOGY
from pipeline.safe_errors import describe, stack
from workers.collector import Collector
from workers.consumer import Consumer
from workers.process.bootstrap import Parts
from workers.relay import Relay
from workers.replayer import Replayer
from workers.scheduler import Scheduler

log = structlog.get_logger(__name__)

LOOK = 0.5
"""Seconds the main thread sleeps at a time. It alone hears signals, and sleeps through one that comes just before."""


class Loop(Protocol):
    """Something that runs until it is told to stop."""

    def run(self, stop: Event) -> None:
        """Run until *stop* is set, then finish what is held."""


def consumer_loops(parts: Parts, names: list[str]) -> dict[str, Loop]:
    """Return the loops of consumers, names of `events.registry.CONSUMERS`; one that is named twice is one."""
    settings = parts.settings
    return {
        name: Consumer(parts.processor(name), parts.bus, settings.batch, settings.prefetch)
        for name in dict.fromkeys(names)
    }


def relay_loops(parts: Parts) -> dict[str, Loop]:
    """Return the loops between ledger and broker: the relay, the collector and the replayer."""
    return {
        "relay": Relay(parts.ledger, parts.bus, parts.liveness),
        "collector": Collector(parts.ledger, parts.bus, parts.liveness),
        "replayer": Replayer(parts.ledger, parts.liveness),
    }


def scheduler_loops(parts: Parts) -> dict[str, Loop]:
    """Return the clock's loop."""
    return {"scheduler": Scheduler(parts.ledger, parts.settings, parts.liveness)}


def all_loops(parts: Parts) -> dict[str, Loop]:
    """Return every loop: all consumers, the relay, the collector, the replayer and the scheduler."""
    return {
        **consumer_loops(parts, list(CONSUMERS)),
        **relay_loops(parts),
        **scheduler_loops(parts),
    }


def run_loops(loops: Mapping[str, Loop], stop: Event) -> bool:
    """Run loops in a thread each until *stop* is set. Returns whether all ended well.

    A loop that dies stops the others: half a process would look alive and do nothing.
    """
    faults: list[str] = []
    threads = [Thread(target=_guard, args=(name, loop, stop, faults), name=name) for name, loop in loops.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(LOOK)
    return not faults


def _guard(name: str, loop: Loop, stop: Event, faults: list[str]) -> None:
    try:
        loop.run(stop)
    except Exception as error:  # noqa: BLE001 - whatever ends one loop must end the others
        log.error("a loop died; stopping the process", loop=name, fault=describe(error), way=stack(error))  # noqa: TRY400
        faults.append(name)
        stop.set()


def prepare(parts: Parts) -> None:
    """Make ready what an embedded process needs; a real broker and database are made ready by their own commands.

    Raises SchemaOutOfDateError or EncryptionKeyError when the tables are another version's, or their data another
    key's: started again, the process would end so again.
    """
    if not parts.bus.features.other_processes:
        parts.ledger.migrate()
        parts.bus.declare(TOPOLOGY)
    else:
        parts.ledger.check_version()
    parts.ledger.check_key()
