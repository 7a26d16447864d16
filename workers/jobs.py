"""The clock's jobs: what no message causes. Each writes to the outbox what it wants done."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from operator import attrgetter

from events.envelope import scheduled_event
from handlers.rules.blockers import never_placed
from ledger.ledger import Ledger
from ledger.pages import pages
from schemas.dead_letters import DeadLetterType, EarlyEvent, NewLetter, message_identity
from schemas.message import Message
from schemas.order import Order
from schemas.payloads import CompletionRequested, ImportRequested
from schemas.settings import Settings
from workers.reconciler import PAGE, resend_unanswered

Job = Callable[[Ledger, Settings, datetime], Iterator[int]]
"""A job: ledger, settings, the time its run was due → how many rows it acted on, a page at a time.

It goes on as it is asked for the next page: whoever runs it can tell a long job from one that hangs.
"""


def complete_shipped(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Ask for the completion of every order that Commerce has shipped wholly."""
    for page in pages(PAGE):
        with ledger.begin() as work:
            orders = page.read(work.orders.completable(page.after, PAGE), attrgetter("key"))
            asked = work.outbox.put([_complete(order, due) for order in orders])
        yield asked


def retry_blocked(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Ask again for the import of every blocked order, spread over time so that Commerce is not overrun.

    An order that has not been tried since it was last asked for is not asked for again: during an outage, or while a
    run takes longer than the time between two, the outbox does not grow.
    """
    asked = 0
    together = max(1, int(settings.sync_rate))  # a second's worth; one by one, each would cost a statement
    for page in pages(PAGE):
        with ledger.begin() as work:
            orders, before = page.read(work.orders.blocked(page.after, PAGE), attrgetter("key")), asked
            for start in range(0, len(orders), together):
                said = [_import(order, due) for order in orders[start : start + together]]
                wait = timedelta(seconds=asked / settings.sync_rate)
                asked += work.outbox.put(said, due_at=work.now + wait)
        yield asked - before


def expire_early(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Make dead letters, blocked on `never_placed`, of events whose order did not come in time."""
    for page in pages(PAGE):
        with ledger.begin() as work:
            overdue = page.read(work.early_events.overdue(PAGE))
            work.dead_letters.save([_never_placed(event) for event in overdue])
            work.early_events.close([(event.consumer, event.key) for event in overdue])
        yield len(overdue)


def apply_retention(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Destroy personal data whose time is over, and forget what was handled long ago and is settled."""
    before = due - timedelta(days=settings.inbox_retention_days)
    while True:
        with ledger.begin() as work:
            forgotten = work.retention.purge(before, PAGE)
        yield forgotten.rows
        if not forgotten.rows:
            return


def _complete(order: Order, due: datetime) -> Message:
    """Ask for completion once for what was ordered and shipped: a refusal stays with people, as a dead letter.

    Pieces that are told anew are a new occasion, even if they are as they were: what was asked for in between may have
    been found premature.
    """
    payload = CompletionRequested(store_id=order.store_id, amazon_order_id=order.amazon_order_id)
    parcels = [
        parcel.model_dump_json(exclude={"confirmed_items", "changed_since_confirmed"}) for parcel in order.parcels
    ]
    pieces = [(line.order_item_id, line.quantity) for line in order.lines]
    return scheduled_event(payload, f"complete/{order.key}/{parcels}/{pieces}/{order.fact_stamps.get('items')}", due)


def _import(order: Order, due: datetime) -> Message:
    payload = ImportRequested(store_id=order.store_id, amazon_order_id=order.amazon_order_id)
    return scheduled_event(payload, f"sync/{order.key}/{order.version}", due)


def _never_placed(event: EarlyEvent) -> NewLetter:
    blocker = never_placed(event.order[1])
    return NewLetter(
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


SYNC: tuple[Job, ...] = (complete_shipped, expire_early, resend_unanswered, retry_blocked)
"""What `crossdock sync` does at once: all but the tidying."""


def run_all(jobs: Iterable[Job], ledger: Ledger, settings: Settings, due: datetime) -> int:
    """Run jobs one after the other. Returns how many rows they acted on together."""
    return sum(rows for job in jobs for rows in job(ledger, settings, due))
