"""Resending: messages without an effect are sent again, so that a broker that loses its data loses no order.

Unanswered requests are found by the state of their order; outbox messages by their missing inbox row; replayed letters
by their missing outcome; early events by their order, which has been recorded, or their store, which has been added.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import attrgetter

from events.envelope import scheduled_event
from events.registry import CONSUMERS
from handlers.rules.order_state import outstanding
from ledger.ledger import Ledger
from ledger.pages import pages
from operations.replays.send import message_id
from schemas.settings import Settings
from schemas.store import unknown_store

PAGE = 1000
"""Rows per transaction; a longer one would block the consumers on SQLite."""

RESENT_UNTIL = "resent_until"
"""Row of the table `schedules`: every message published before its instant was handled, or has been sent again."""

COMMIT_DELAY = timedelta(hours=1)
"""Longer than a relay's transaction may take to become visible after the instant that it records."""


def resend_unanswered(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Send messages again that have been unanswered for longer than the timeout. Yields their number, page by page."""
    return resend(ledger, due - timedelta(seconds=settings.answer_timeout), due)


def resend(ledger: Ledger, before: datetime, due: datetime) -> Iterator[int]:
    """Send messages again that were published before an instant and never answered. Yields counts, page by page."""
    yield from _re_request(ledger, before, due)
    yield from _resend_unhandled(ledger, before)
    yield from _resend_replays(ledger, before)
    yield from _reopen_stored(ledger)
    yield from _requeue_recorded(ledger)
    yield from _requeue_of_added_stores(ledger)


def release_claims(ledger: Ledger) -> None:
    """Release the claims of processes that have ended: at the start of an embedded one, which is alone, all have."""
    with ledger.begin() as work:
        work.outbox.release_claims()
        work.changed_orders.release_claims()
        work.changed_shipments.release_claims()
        work.order_sweeps.release_claims()
        work.backfills.release_claims()


def _re_request(ledger: Ledger, before: datetime, due: datetime) -> Iterator[int]:
    """Request outstanding effects once per version of an order; a lost request is then resent from the outbox."""
    for page in pages(PAGE):
        with ledger.begin() as work:
            stores = {store.store_id: store for store in work.stores.all()}
            stale = page.read(work.orders.stale(before, page.after, PAGE), attrgetter("key"))
            messages = [
                scheduled_event(payload, f"again/{order.key}/{order.version}", due, work.incarnations.present)
                for order in stale
                for payload in outstanding(order, stores.get(order.store_id) or unknown_store(order.store_id))
            ]
            requested = work.outbox.put(messages)
        yield requested


def _resend_unhandled(ledger: Ledger, before: datetime) -> Iterator[int]:
    """Check only messages published since the last resending, without a lock: usually nothing is missing.

    A handled message stays handled, and a resent one gets a new publication time.
    """
    with ledger.read() as work:
        resent = work.schedules.last_run(RESENT_UNTIL)
    for page in pages(PAGE):
        with ledger.read() as work:
            since = resent and resent - COMMIT_DELAY
            unhandled = page.read(work.unanswered.unhandled(CONSUMERS, since, before, PAGE))
        with ledger.begin() as work:
            work.outbox.resend(unhandled)
            if page.is_last:
                work.schedules.record_run(RESENT_UNTIL, before)
        yield len(unhandled)


def _resend_replays(ledger: Ledger, before: datetime) -> Iterator[int]:
    for page in pages(PAGE):
        with ledger.begin() as work:
            items = page.read(work.unanswered.replay_items(before, page.after or "", PAGE), str)
            lost = work.unanswered.published_before([message_id(item) for item in items], before)
            work.outbox.resend(lost)
        yield len(lost)


def _reopen_stored(ledger: Ledger) -> Iterator[int]:
    """Let messages go on that could not be opened, and now can: their key is back."""
    for page in pages(PAGE):
        with ledger.begin() as work:
            tried = page.read(work.early_events.reopen(page.after, PAGE), lambda key: key)
        yield len(tried)
    with ledger.begin() as work:
        resolved = work.unopened.resolve_sent()
    yield resolved


def _requeue_recorded(ledger: Ledger) -> Iterator[int]:
    for page in pages(PAGE):
        with ledger.begin() as work:
            keys = page.read(work.early_events.now_recorded(PAGE) + work.letter_actions.now_recorded(PAGE))
            released = work.early_events.requeue(keys) + work.letter_actions.requeue(keys)
        yield released


def _requeue_of_added_stores(ledger: Ledger) -> Iterator[int]:
    requeued = PAGE
    while requeued:
        with ledger.begin() as work:
            requeued = work.early_events.requeue_of_added_stores(PAGE)
        yield requeued
