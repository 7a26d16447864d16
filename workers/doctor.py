"""The doctor: looks at everything that Crossdock needs, and says of each whether it is well, and what to do if not."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from events.bus import Bus
from events.open_bus import open_bus
from events.rabbitmq.url import redacted_url as shown_broker
from events.registry import CONSUMERS
from events.topology import TOPOLOGY, UNROUTED
from ledger.database.engine import redacted_url as shown_database
from ledger.ledger import Ledger
from schemas.errors import CrossdockError, PermanentError
from schemas.settings import Settings
from workers.process.bootstrap import is_embedded, open_ledger
from workers.scheduler import overdue

PATIENCE = timedelta(minutes=2)
"""How late what is due may be: a long job of the clock, or a relay that starts again, is no illness."""


class Finding(NamedTuple):
    """What was looked at, whether it is well, and in a sentence how it is."""

    subject: str
    ok: bool
    says: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what is found, part by part. What cannot be seen because a server is away is left out."""
    yield from _database(settings)
    if is_embedded(settings):
        yield Finding("broker", True, "None is set: messages travel inside the process of `crossdock up`.")
        return
    with closing(open_bus(settings.broker_url.get_secret_value(), "crossdock doctor")) as bus:
        yield from _broker(settings, bus)


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        ledger = open_ledger(settings)
    except CrossdockError as error:
        yield Finding("database", False, str(error))
        return
    with closing(ledger):
        tables = _look("database", lambda: _tables(settings, ledger))
        yield tables
        if tables.ok:
            yield _look("outbox", lambda: _outbox(settings, ledger))
            yield _look("scheduler", lambda: _scheduler(settings, ledger))


def _tables(settings: Settings, ledger: Ledger) -> str:
    ledger.check_version()
    ledger.check_key()
    shown = shown_database(settings.database_url.get_secret_value())
    return f"{shown} has the tables of this version, and the key is the one of its data."


def _outbox(settings: Settings, ledger: Ledger) -> str:
    with ledger.read() as work:
        due = work.outbox.next_due()
    if due is not None and due < ledger.now() - PATIENCE:
        raise PermanentError(f"What was due at {due:%Y-%m-%d %H:%M} UTC is not sent. {_is_running(settings, 'relay')}")
    return "Nothing that is due waits to be sent."


def _scheduler(settings: Settings, ledger: Ledger) -> str:
    late = overdue(ledger, settings, ledger.now() - PATIENCE)
    if late:
        raise PermanentError(f"Not done when it was due: {', '.join(late)}. {_is_running(settings, 'scheduler')}")
    return "Its jobs were done when they were due."


def _is_running(settings: Settings, process: str) -> str:
    return f"Is `crossdock {'up' if is_embedded(settings) else process}` running?"


def _broker(settings: Settings, bus: Bus) -> Iterator[Finding]:
    queues = _look("broker", lambda: _queues(settings, bus))
    yield queues
    if queues.ok:
        for consumer in CONSUMERS:
            yield _look(consumer, partial(_taken, bus, consumer, f"crossdock work {consumer}"))
        yield _look("relay", partial(_taken, bus, UNROUTED, "crossdock relay"))


def _queues(settings: Settings, bus: Bus) -> str:
    problems = bus.check(TOPOLOGY)
    if problems:
        raise PermanentError(" ".join(problems))
    return f"{shown_broker(settings.broker_url.get_secret_value())} has the exchanges and queues."


def _taken(bus: Bus, queue: str, command: str) -> str:
    waiting, takers = bus.message_count(queue), bus.consumer_count(queue)
    if not takers:
        raise PermanentError(f"Nobody takes from {queue}, where {waiting:,} wait: run `{command}`.")
    return f"{takers} at work, {waiting:,} waiting in {queue}."


def _look(subject: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, True, look())
    except CrossdockError as error:
        return Finding(subject, False, str(error))
