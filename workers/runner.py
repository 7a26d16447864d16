"""Runner: the loops of a process, each in a thread."""

from collections.abc import Mapping
from threading import Event, Thread
from typing import Protocol

import structlog

from events.registry import CONSUMERS
from events.topology import TOPOLOGY
from operations.read_only import recognize_database
from schemas.safe_errors import describe, stack
from workers.consumer import Consumer
from workers.process.parts import Parts

CONSUMER_NAMES = tuple(CONSUMERS)
"""The consumers by name, as `crossdock work` takes them."""

log = structlog.get_logger(__name__)

JOIN_TIMEOUT = 0.5
"""Seconds the main thread sleeps at a time. Python handles signals in it alone, between two sleeps."""


class Loop(Protocol):
    """A part of a process that runs until stopped."""

    def run(self, stop: Event) -> None:
        """Run until *stop* is set, then finish the work in progress."""


def consumer_loops(parts: Parts, names: list[str]) -> dict[str, Loop]:
    """Return the loops of consumers, by their names in `events.registry.CONSUMERS`; duplicates count once."""
    settings = parts.settings
    return {
        name: Consumer(parts.processor(name), parts.bus, settings.batch, settings.prefetch, parts.metrics)
        for name in dict.fromkeys(names)
    }


def relay_loops(parts: Parts) -> dict[str, Loop]:
    """Return the loops between ledger and broker: relay (outbox), collector (dead-letter queues) and replayer."""
    # A consumer's process does not wait for these imports, nor for those of the scheduler.
    from workers.collector import Collector  # noqa: PLC0415
    from workers.relay import Relay  # noqa: PLC0415
    from workers.replayer import Replayer  # noqa: PLC0415

    return {
        "relay": Relay(parts.ledger, parts.bus, parts.liveness, parts.metrics),
        "collector": Collector(parts.ledger, parts.bus, parts.liveness),
        "replayer": Replayer(parts.ledger, parts.liveness),
    }


def scheduler_loops(parts: Parts) -> dict[str, Loop]:
    """Return the scheduler's loop, and the one that reads the state for metrics where they are served."""
    from workers.metrics.state_reader import StateReader  # noqa: PLC0415 - as above
    from workers.scheduler import Scheduler  # noqa: PLC0415 - as above

    scheduler = Scheduler(parts.ledger, parts.settings, parts.liveness)
    if parts.settings.health_port is None:
        return {"scheduler": scheduler}
    reader = StateReader(parts.ledger, parts.bus, lambda: scheduler.leads, parts.settings.sellers)
    parts.metrics.registry.register(reader)
    return {"scheduler": scheduler, "metrics": reader}


def all_loops(parts: Parts) -> dict[str, Loop]:
    """Return all loops: consumers, relay, collector, replayer and scheduler."""
    return {
        **consumer_loops(parts, list(CONSUMERS)),
        **relay_loops(parts),
        **scheduler_loops(parts),
    }


def run_loops(loops: Mapping[str, Loop], stop: Event) -> bool:
    """Run each loop in a thread until *stop* is set. Returns whether none crashed.

    A loop that crashes stops the others: half a process would look alive and do nothing.
    """
    crashed: list[str] = []
    threads = [Thread(target=_guard, args=(name, loop, stop, crashed), name=name) for name, loop in loops.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(JOIN_TIMEOUT)
    return not crashed


def _guard(name: str, loop: Loop, stop: Event, crashed: list[str]) -> None:
    try:
        loop.run(stop)
    except Exception as error:  # noqa: BLE001 - any crash of one loop must end the others
        log.error("loop crashed, stopping process", loop=name, error=describe(error), stack=stack(error))  # noqa: TRY400
        crashed.append(name)
        stop.set()


def prepare(parts: Parts) -> None:
    """Set up tables and queues of an embedded process; for servers, check that their own commands did.

    Raises SchemaOutOfDateError or EncryptionKeyError when the tables are of another version, or their data is
    encrypted with another key; a restart would fail in the same way.
    """
    if not parts.bus.features.other_processes:
        parts.ledger.migrate()
        parts.bus.declare(TOPOLOGY)
    else:
        parts.ledger.check_version()
        parts.ledger.check_writable()
    parts.ledger.check_key()
    recognize_database(parts.ledger)
