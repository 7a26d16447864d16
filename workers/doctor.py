"""The doctor: checks every part that Crossdock needs, and states a remedy for each failure."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial

from events.accounts import accounts
from events.bus import Bus
from events.open_bus import open_bus
from events.rabbitmq.url import account_of
from events.rabbitmq.url import redacted_url as shown_broker
from events.registry import CONSUMERS
from events.topology import UNROUTED
from ledger.database.database_url import redacted_url as shown_database
from ledger.ledger import Ledger
from ledger.messages.refused import RefusedEvent
from ledger.schedules import JobFailure
from operations.monitoring.processes import is_gone, stuck_consumers, sums_by_consumer
from operations.personal_data.keys import vault_keys
from operations.read_only import CROSSDOCK, read_only_sentence
from operations.topology import topology_of
from operations.unknown_stores import waiting_sentence
from schemas.errors import CrossdockError, PermanentError
from schemas.settings import Settings
from schemas.value import Value
from workers.doctor_amazon import examine_amazon
from workers.doctor_commerce import examine_commerce
from workers.doctor_sign_in import examine_sign_in
from workers.process.bootstrap import is_embedded, open_ledger
from workers.scheduler import overdue_jobs

TOLERANCE = timedelta(minutes=2)
"""The delay that messages and jobs may have: a long job, or a relay that restarts, is not a failure."""


_SAMPLE = 1000
"""Rows of each table whose key is looked at."""


class Finding(Value):
    """A checked part, whether it works, and the details in a sentence."""

    subject: str
    ok: bool
    details: str


class Diagnosis(Value):
    """The findings about all parts, in the order in which they were checked."""

    findings: tuple[Finding, ...]


def diagnose(settings: Settings) -> Diagnosis:
    """Return all findings; see `examine`."""
    return Diagnosis(findings=tuple(examine(settings)))


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield the findings, part by part. Checks that need an unavailable server are skipped."""
    yield from _database(settings)
    yield from (_finding(*finding) for finding in examine_amazon(settings))
    yield from (_finding(*finding) for finding in examine_commerce(settings))
    yield _finding(*examine_sign_in(settings))
    if is_embedded(settings):
        yield _finding("broker", True, "No broker is set: messages stay inside the process of `crossdock up`.")
        return
    url = settings.broker_url.get_secret_value()
    with closing(open_bus(url, "crossdock doctor", allow_unencrypted=settings.allow_unencrypted)) as bus:
        yield from _broker(settings, bus)


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        ledger = open_ledger(settings)
    except CrossdockError as error:
        yield _finding("database", False, str(error))
        return
    with closing(ledger):
        tables = _check("database", lambda: _tables(settings, ledger))
        yield tables
        if tables.ok:
            yield _check("vault", lambda: _vault(ledger))
            yield _check("outbox", lambda: _outbox(settings, ledger))
            yield _check("scheduler", lambda: _scheduler(settings, ledger))
            yield _check("processes", lambda: _processes(ledger))
            yield _check("stores", lambda: _stores(ledger))
            yield _check("read-only mode", lambda: _read_only(settings, ledger))
            yield _check("reconciliation", lambda: _reconciliation(ledger))


def _tables(settings: Settings, ledger: Ledger) -> str:
    ledger.check_version()
    ledger.check_writable()
    ledger.check_key()
    shown = shown_database(settings.database_url.get_secret_value())
    return f"{shown}: tables of this version, encryption key matches."


def _vault(ledger: Ledger) -> str:
    """Check the vault's keys: all rows while a key is being changed, else a sample, which costs next to nothing."""
    keys = vault_keys(ledger, None if len(ledger.key_ids) > 1 else _SAMPLE)
    if missing := [key.key_id for key in keys if not key.given]:
        raise PermanentError(
            f"Data is encrypted with keys that are not given: {', '.join(missing)}. Give them after the first key;"
            " `crossdock vault keys` shows how much data needs them."
        )
    old = [key for key in keys if not key.first]
    needed, done = [key.key_id for key in old if key.needed], [key.key_id for key in old if not key.needed]
    sentences = [
        f"The key {keys[0].key_id} encrypts.",
        f"Still needed: {', '.join(needed)}; `crossdock vault rewrap` ends that." if needed else "",
        f"No longer needed: {', '.join(done)}; remove and destroy." if done else "",
    ]
    return " ".join(filter(None, sentences))


def _outbox(settings: Settings, ledger: Ledger) -> str:
    with ledger.read() as work:
        due = work.outbox.next_due()
        refused = work.refused.stuck()
        unopened = work.unopened.count()
    if unopened:
        raise PermanentError(
            f"Stored messages that cannot be opened: {unopened:,}; `crossdock dead-letters list --class unreadable` has"
            " the reason of each."
        )
    if due is not None and due < ledger.now() - TOLERANCE:
        raise PermanentError(f"A message due at {due:%Y-%m-%d %H:%M} UTC is not sent. {_is_running(settings, 'relay')}")
    if refused:
        raise PermanentError(" ".join(_refused(event) for event in refused))
    return "No due message is unsent, and RabbitMQ refuses none."


def _refused(stuck: RefusedEvent) -> str:
    queue = f"the queue {stuck.consumer}" if stuck.consumer else "a queue that is bound to it"
    return (
        f"RabbitMQ refuses messages of {stuck.event} ({stuck.messages:,}), the first from"
        f" {stuck.since:%Y-%m-%d %H:%M} UTC: {queue} is full. Drain it, raise its limit, or unbind it;"
        " `rabbitmqctl list_queues name messages arguments policy` shows which it is."
    )


def _scheduler(settings: Settings, ledger: Ledger) -> str:
    late = overdue_jobs(ledger, settings, ledger.now() - TOLERANCE)
    if late:
        raise PermanentError(f"Overdue jobs: {', '.join(late)}. {_is_running(settings, 'scheduler')}")
    with ledger.read() as work:
        failures = work.schedules.failures()
    if failures:
        raise PermanentError(" ".join(_failed_run(failure) for failure in failures))
    return "No job is overdue, and the last run of each succeeded."


def _failed_run(failure: JobFailure) -> str:
    return f"The job {failure.job} failed at its run of {failure.at:%Y-%m-%d %H:%M} UTC: {failure.error}"


def _processes(ledger: Ledger) -> str:
    """Check that processes acknowledge their messages: one that runs and acknowledges none is not working."""
    now = ledger.now()
    with ledger.read() as work:
        processes = [process for process in work.processes.all() if not is_gone(process, now)]
    sums = sums_by_consumer(processes, now)
    stuck = [sentence for process in processes for sentence in stuck_consumers(process, now).values()]
    opened = [
        f"The circuit breaker of {name} has been open since {consumer.breaker_open_since:%Y-%m-%d %H:%M} UTC: Amazon or"
        " Commerce does not answer it."
        for name, consumer in sums.items()
        if consumer.breaker_open_since and consumer.breaker_open_since < now - TOLERANCE
    ]
    if stuck or opened:
        raise PermanentError(" ".join(stuck + opened))
    unacknowledged = ", ".join(
        f"{name} {consumer.unacknowledged:,}" for name, consumer in sums.items() if consumer.unacknowledged
    )
    return f"Processes that report: {len(processes)}; unacknowledged messages: {unacknowledged or 'none'}."


def _stores(ledger: Ledger) -> str:
    with ledger.read() as work:
        waiting = waiting_sentence(work)
    if waiting:
        raise PermanentError(f"{waiting} Add them with `crossdock stores add`; `crossdock stores waiting` lists them.")
    return "No event waits for its store."


def _read_only(settings: Settings, ledger: Ledger) -> str:
    """Fail for a mode that switched itself on; one that a person chose is reported only."""
    place = ledger.place()
    with ledger.read() as work:
        mode, places, sentence = work.read_only.current(), work.read_only.places(), read_only_sentence(work)
    if sentence and mode and mode.who == CROSSDOCK:
        raise PermanentError(sentence)
    if sentence or settings.read_only:
        return sentence or "CROSSDOCK_READ_ONLY is set: this process sends nothing to Amazon and Commerce."
    if places and place not in places:
        raise PermanentError(f"The database is not known at {place}: the next process switches read-only mode on.")
    return f"Off; the database is {place}."


def _reconciliation(ledger: Ledger) -> str:
    with ledger.read() as work:
        latest = work.reconciliations.latest()
    if latest is None:
        return "Amazon, the ledger and Commerce were not compared yet; `crossdock reconcile` does."
    summary = f"Compared at {latest.at:%Y-%m-%d %H:%M} UTC: {latest.summary}."
    if latest.unexplained or not latest.complete:
        raise PermanentError(f"{summary} `crossdock reconcile --last` lists them.")
    return summary


def _is_running(settings: Settings, process: str) -> str:
    return f"Is `crossdock {'up' if is_embedded(settings) else process}` running?"


def _broker(settings: Settings, bus: Bus) -> Iterator[Finding]:
    queues = _check("broker", lambda: _queues(settings, bus))
    yield queues
    yield _accounts(settings)
    if queues.ok:
        for consumer in CONSUMERS:
            yield _check(consumer, partial(_consumed, bus, consumer, f"crossdock work {consumer}"))
        yield _check("relay", partial(_consumed, bus, UNROUTED, "crossdock relay"))


def _accounts(settings: Settings) -> Finding:
    """Report whether this process has an account of its own. One account for all is no failure, but is reported."""
    account = account_of(settings.broker_url.get_secret_value())
    account_names = {settings.account_prefix + each.role for each in accounts(settings.account_prefix)}
    if account in account_names:
        return _finding("accounts", True, f"This process has the account {account}, with the permissions of its work.")
    separate = "publishers may publish anything; `crossdock topology permissions` makes accounts that may not."
    return _finding("accounts", True, f"Accounts are not separated (this process has {account}): {separate}")


def _queues(settings: Settings, bus: Bus) -> str:
    problems = bus.check(topology_of(settings))
    if problems:
        raise PermanentError(" ".join(problems))
    if hindered := bus.problems():
        raise PermanentError(" ".join(hindered))
    return f"{shown_broker(settings.broker_url.get_secret_value())}: all exchanges and queues exist."


def _consumed(bus: Bus, queue: str, command: str) -> str:
    messages, consumers = bus.message_count(queue), bus.consumer_count(queue)
    if not consumers:
        raise PermanentError(
            f"No consumer on {queue}, messages waiting: {messages:,}; run `{command}`. If it runs, its log and its"
            " /readyz say why it does not consume."
        )
    return f"Consumers on {queue}: {consumers}, messages waiting: {messages:,}."


def _check(subject: str, check: Callable[[], str]) -> Finding:
    try:
        return _finding(subject, True, check())
    except CrossdockError as error:
        return _finding(subject, False, str(error))


def _finding(subject: str, ok: bool, details: str) -> Finding:
    return Finding(subject=subject, ok=ok, details=details)
