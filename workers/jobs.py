"""The clock's jobs: what no message causes. Each writes to the outbox what it wants done, and returns how much."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import uuid5

from events.envelope import NAMESPACE, seal
from events.names import CONSUMERS
from handlers.blocking import never_placed
from handlers.standing import outstanding
from ledger.ledger import Ledger
from schemas.letters import EarlyEvent, LetterClass, NewLetter, message_identity
from schemas.message import Message
from schemas.order import Order
from schemas.payloads import CompletionRequested, ImportRequested, Payload
from schemas.settings import Settings
from schemas.store import unknown_store
from workers.resending import message_id

PAGE = 1000
"""Rows looked at in one transaction; a longer one would hold up the consumers on SQLite."""

Job = Callable[[Ledger, Settings, datetime], int]
"""A job: ledger, settings, the time its run was due → how many rows it acted on."""


def complete_shipped(ledger: Ledger, settings: Settings, due: datetime) -> int:
    """Ask for the completion of every order that Commerce has shipped wholly."""
    asked, after = 0, None
    while True:
        with ledger.begin() as work:
            orders = work.queries.completable(after, PAGE)
            asked += work.put_in_outbox([_complete(order, due) for order in orders])
        if len(orders) < PAGE:
            return asked
        after = orders[-1].key


def sync_blocked(ledger: Ledger, settings: Settings, due: datetime) -> int:
    """Ask again for the import of every blocked order, spread over time so that Commerce is not overrun.

    An order that has not been tried since it was last asked for is not asked for again: during an outage, or while a
    run takes longer than the time between two, the outbox does not grow.
    """
    asked, after = 0, None
    while True:
        with ledger.begin() as work:
            orders = work.queries.blocked(after, PAGE)
            for order in orders:
                wait = timedelta(seconds=asked / settings.sync_rate)
                asked += work.put_in_outbox([_import(order, due)], due_at=work.now + wait)
        if len(orders) < PAGE:
            return asked
        after = orders[-1].key


def block_overdue(ledger: Ledger, settings: Settings, due: datetime) -> int:
    """Make dead letters, blocked on `never_placed`, of events whose order did not come in time."""
    blocked = 0
    while True:
        with ledger.begin() as work:
            overdue = work.overdue_early(PAGE)
            work.save_letters([_never_placed(event) for event in overdue])
            work.close_early([(event.consumer, event.key) for event in overdue])
        blocked += len(overdue)
        if len(overdue) < PAGE:
            return blocked


def say_again(ledger: Ledger, settings: Settings, due: datetime) -> int:
    """Say again what has waited for an answer for too long."""
    return remind(ledger, due - timedelta(seconds=settings.answer_patience), due)


def remind(ledger: Ledger, before: datetime, due: datetime) -> int:
    """Say again what was said before an instant and never answered: a broker that lost its data must lose no order.

    Requests are found by the state of their order; what came from the outbox by its missing row in the inbox; replayed
    letters by their missing outcome; early events by the order they waited for being there.
    """
    asked = _ask_again(ledger, before, due)
    said = _say_unheard(ledger, before) + _say_unanswered(ledger, before)
    return asked + said + _release_recorded(ledger)


def _ask_again(ledger: Ledger, before: datetime, due: datetime) -> int:
    """Ask once for what an order still lacks; should that be lost too, it is said again from the outbox."""
    asked, after = 0, None
    while True:
        with ledger.begin() as work:
            stores = {store.store_id: store for store in work.all_stores()}
            stale = work.queries.stale(before, after, PAGE)
            messages = [
                _say(payload, f"again/{order.key}/{order.version}", due)
                for order in stale
                for payload in outstanding(order, stores.get(order.store_id) or unknown_store(order.store_id))
            ]
            asked += work.put_in_outbox(messages)
        if len(stale) < PAGE:
            return asked
        after = stale[-1].key


def _say_unheard(ledger: Ledger, before: datetime) -> int:
    said = 0
    while True:
        with ledger.begin() as work:
            unheard = work.unhandled_outbox(CONSUMERS, before, PAGE)
            work.say_again(unheard)
        said += len(unheard)
        if len(unheard) < PAGE:
            return said


def _say_unanswered(ledger: Ledger, before: datetime) -> int:
    said, after = 0, ""
    while True:
        with ledger.begin() as work:
            items = work.letters.unanswered(before, after, PAGE)
            lost = work.said([message_id(item) for item in items], before)
            work.say_again(lost)
        said += len(lost)
        if len(items) < PAGE:
            return said
        after = items[-1]


def _release_recorded(ledger: Ledger) -> int:
    released = 0
    while True:
        with ledger.begin() as work:
            keys = work.recorded_early(PAGE) + work.letters.recorded(PAGE)
            released += work.release_early(keys) + work.letters.release(keys)
        if len(keys) < PAGE:
            return released


def tidy(ledger: Ledger, settings: Settings, due: datetime) -> int:
    """Destroy personal data whose time is over, and forget what was handled long ago and is settled."""
    gone, before = 0, due - timedelta(days=settings.keep_days)
    while True:
        with ledger.begin() as work:
            forgotten = work.forget(before, PAGE)
        rows = forgotten.personal + forgotten.inbox + forgotten.outbox + forgotten.letter_bodies
        gone += rows
        if rows == 0:
            return gone


def _complete(order: Order, due: datetime) -> Message:
    """Ask for completion once for what was shipped: a refusal stays with people, as a dead letter to be replayed."""
    payload = CompletionRequested(store_id=order.store_id, amazon_order_id=order.amazon_order_id)
    parcels = [parcel.model_dump_json(exclude={"confirmed_items"}) for parcel in order.parcels]
    pieces = [(line.order_item_id, line.quantity) for line in order.lines]
    return _say(payload, f"complete/{order.key}/{parcels}/{pieces}", due)


def _import(order: Order, due: datetime) -> Message:
    payload = ImportRequested(store_id=order.store_id, amazon_order_id=order.amazon_order_id)
    return _say(payload, f"sync/{order.key}/{order.version}", due)


def _say(payload: Payload, occasion: str, due: datetime) -> Message:
    """Write a job's event. Its id names the occasion, so that two clocks, or two runs, say the same thing once."""
    content = payload.model_dump_json(exclude_none=True)
    return seal(payload, str(uuid5(NAMESPACE, f"{occasion}/{type(payload).__name__}/{content}")), due)


def _never_placed(event: EarlyEvent) -> NewLetter:
    blocker = never_placed(event.order[1])
    return NewLetter(
        identity=message_identity(event.consumer, event.key),
        letter_class=LetterClass.BLOCKED,
        consumer=event.consumer,
        event=event.event,
        reason=f"{blocker.reason}, but {event.event} came for it.",
        message=event.message,
        message_key=event.key,
        order=event.order,
        causes=(blocker.cause,),
    )


SYNC: tuple[Job, ...] = (complete_shipped, block_overdue, say_again, sync_blocked)
"""What `crossdock sync` does at once: all but the tidying."""


def run_all(jobs: Iterable[Job], ledger: Ledger, settings: Settings, due: datetime) -> int:
    """Run jobs one after the other. Returns how many rows they acted on together."""
    return sum(job(ledger, settings, due) for job in jobs)
