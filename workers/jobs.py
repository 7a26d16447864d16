"""Scheduled jobs: complete shipped orders, retry blocked ones, expire early events, apply retention.

Each writes its requests to the outbox.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter

from events.envelope import scheduled_event
from handlers.rules.blockers import never_placed
from ledger.ledger import Ledger
from ledger.pages import pages
from ledger.record_retention import RecordRetention
from ledger.unit_of_work import UnitOfWork
from operations.personal_data.destruction import destroy_overdue
from schemas.dead_letters import DeadLetterType, EarlyEvent, NewLetter, message_identity
from schemas.message import Message
from schemas.order import Order
from schemas.payloads import CompletionRequested, ImportRequested
from schemas.settings import Settings
from schemas.status import ImportState
from schemas.value import Value
from workers.resender import PAGE, resend_unanswered

Job = Callable[[Ledger, Settings, datetime], Iterator[int]]
"""A job: ledger, settings, the time its run was due → rows it acted on, a page at a time.

It is a generator so that its caller notices progress, and can distinguish a long job from a hung one.
"""


_ENDED = (ImportState.COMPLETED, ImportState.CANCELED)


def complete_shipped(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Request the completion of every order that Commerce has shipped in full."""
    for page in pages(PAGE):
        with ledger.begin() as work:
            orders = page.read(work.orders.completable(page.after, PAGE), attrgetter("key"))
            requested = work.outbox.put([_completion(order, due, work.incarnations.present) for order in orders])
        yield requested


def retry_blocked(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Request the import of every blocked order again, spread over time so that Commerce is not overloaded.

    An order that has not been tried since its last request gets no second one: during an outage, or while a run takes
    longer than the interval, the outbox does not grow.
    """
    requested = 0
    chunk = max(1, int(settings.sync_rate))  # those of one second; one by one, each would cost a statement
    for page in pages(PAGE):
        with ledger.begin() as work:
            orders, before = page.read(work.orders.blocked(page.after, PAGE), attrgetter("key")), requested
            for start in range(0, len(orders), chunk):
                messages = [_import(order, due, work.incarnations.present) for order in orders[start : start + chunk]]
                wait = timedelta(seconds=requested / settings.sync_rate)
                requested += work.outbox.put(messages, due_at=work.now + wait)
        yield requested - before


def expire_early(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Dead-letter early events whose order or store did not come in time; the former are blocked on `never_placed`."""
    while True:
        with ledger.begin() as work:
            overdue = work.early_events.overdue(PAGE)
            work.dead_letters.save([_expired(event) for event in overdue])
            work.early_events.close([(event.consumer, event.key) for event in overdue])
        yield len(overdue)
        if not overdue:
            return


def apply_retention(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Destroy personal data whose time is over; purge handled messages, ended letters and replays, the audit log."""
    yield from destroy_overdue(ledger, settings, PAGE)
    before = due - timedelta(days=settings.inbox_retention_days)
    personal_before = due - timedelta(days=min(settings.personal_data_days, settings.inbox_retention_days))
    while True:
        with ledger.begin() as work:
            purged = work.retention.purge(before, PAGE, personal_before)
        yield purged.rows
        if not purged.rows:
            break
    yield from _purge_attempts(ledger, before)
    yield from _purge_records(ledger, settings, due)


def _purge_attempts(ledger: Ledger, before: datetime) -> Iterator[int]:
    """Delete attempts at creating orders that have ended, once no repeat of their events is known any more."""
    from gateways.commerce.attempts import Attempts  # noqa: PLC0415 - it imports the HTTP client, for once a day

    attempts = Attempts(ledger.documents, lambda: ledger.now().timestamp())
    after: str | None = ""
    while after is not None:
        old, after = attempts.begun_before(before.timestamp(), after, PAGE)
        with ledger.read() as work:
            orders = work.orders.load(old, lock=False)
        ended = [key for key, order in orders.items() if order.import_state in _ENDED]
        attempts.delete(ended)
        yield len(ended)


def _purge_records(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    # A letter keeps a discarded message from coming back as long as the inbox knows the message.
    letter_days = max(settings.letter_retention_days, settings.inbox_retention_days)
    purges: tuple[tuple[Callable[[RecordRetention, datetime, int], int], int], ...] = (
        (RecordRetention.purge_letters, letter_days),
        (RecordRetention.purge_replays, settings.replay_retention_days),
        (RecordRetention.purge_audit_log, settings.audit_retention_days),
    )
    for purge, days in purges:
        rows = 1
        while rows:
            with ledger.begin() as work:
                rows = purge(work.record_retention, due - timedelta(days=days), PAGE)
            yield rows


def sum_up_sales(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Add the changes of sales figures to their sums."""
    return _summed_up(ledger, lambda work: work.sales.sum_up(PAGE))


def sum_up_listings(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Add the changes of listings to their sums."""
    return _summed_up(ledger, lambda work: work.listings.sum_up(PAGE))


def _summed_up(ledger: Ledger, sum_up: Callable[[UnitOfWork], int]) -> Iterator[int]:
    changes = PAGE
    while changes >= PAGE:
        with ledger.begin() as work:
            changes = sum_up(work)
        yield changes


def _completion(order: Order, due: datetime, incarnation: str) -> Message:
    """Return the request, with the same id for the same shipped and ordered quantities: a refused one is not repeated.

    A new report of quantities gives a new id, even if they are equal: a request in between may have been refused as
    premature.
    """
    payload = CompletionRequested(store_id=order.store_id, amazon_order_id=order.amazon_order_id)
    parcels = [
        parcel.model_dump_json(exclude={"confirmed_items", "changed_since_confirmed"}) for parcel in order.parcels
    ]
    quantities = [(line.order_item_id, line.quantity) for line in order.lines]
    occasion = f"complete/{order.key}/{parcels}/{quantities}/{order.fact_stamps.get('items')}"
    return scheduled_event(payload, occasion, due, incarnation)


def _import(order: Order, due: datetime, incarnation: str) -> Message:
    payload = ImportRequested(store_id=order.store_id, amazon_order_id=order.amazon_order_id)
    return scheduled_event(payload, f"sync/{order.key}/{order.version}", due, incarnation)


def _expired(event: EarlyEvent) -> NewLetter:
    blocker = never_placed(event.order[1])
    letter = NewLetter(
        identity=message_identity(event.consumer, event.key),
        letter_type=DeadLetterType.BLOCKED,
        consumer=event.consumer,
        event=event.event,
        reason=f"{blocker.reason}, but {event.event} came for it.",
        message=event.message,
        message_key=event.key,
        order=event.order,
        causes=(blocker.cause,),
    )
    if not event.needs_store:
        return letter
    reason = (
        f"It is of the store {event.order[0]}, which nobody added in time. Add the store and replay the event, or"
        " discard it."
    )
    return replace(letter, letter_type=DeadLetterType.FAILED, reason=reason, causes=())


SYNC: tuple[Job, ...] = (complete_shipped, expire_early, resend_unanswered, retry_blocked)
"""The jobs of `crossdock sync`: all but retention."""


class SyncResult(Value):
    """The numbers of queued requests: completions, imports, and those that had no answer."""

    asked: int


def sync(ledger: Ledger, settings: Settings) -> SyncResult:
    """Queue all requests that the scheduler would make now, except retention."""
    return SyncResult(asked=run_all(SYNC, ledger, settings, ledger.now()))


def run_all(jobs: Iterable[Job], ledger: Ledger, settings: Settings, due: datetime) -> int:
    """Run jobs one after the other. Returns the total of rows they acted on."""
    return sum(rows for job in jobs for rows in job(ledger, settings, due))
