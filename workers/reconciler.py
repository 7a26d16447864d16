"""Reminding: what was said and never answered is said again, for a broker that lost its data must lose no order.

Requests are found by the state of their order; what came from the outbox by its missing row in the inbox; replayed
letters by their missing outcome; early events by the order they waited for being there.
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
"""Rows that one transaction acts on; a longer one would hold up the consumers on SQLite."""

HEARD = "heard"
"""Under this name the schedules know up to which instant all that was said was heard, or has been said again."""

UNSEEN = timedelta(hours=1)
"""Longer than a relay's transaction stays unseen after the instant that it notes."""


def resend_unanswered(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Say again what has waited for an answer for too long. Yields how much, a page at a time."""
    return reconcile(ledger, due - timedelta(seconds=settings.answer_timeout), due)


def reconcile(ledger: Ledger, before: datetime, due: datetime) -> Iterator[int]:
    """Say again what was said before an instant and never answered. Yields how much, a page at a time."""
    yield from _re_request(ledger, before, due)
    yield from _resend_unhandled(ledger, before)
    yield from _resend_replays(ledger, before)
    yield from _requeue_recorded(ledger)


def _re_request(ledger: Ledger, before: datetime, due: datetime) -> Iterator[int]:
    """Ask once for what an order still lacks; should that be lost too, it is said again from the outbox."""
    for page in pages(PAGE):
        with ledger.begin() as work:
            stores = {store.store_id: store for store in work.stores.all()}
            stale = page.read(work.orders.stale(before, page.after, PAGE), attrgetter("key"))
            messages = [
                scheduled_event(payload, f"again/{order.key}/{order.version}", due)
                for order in stale
                for payload in outstanding(order, stores.get(order.store_id) or unknown_store(order.store_id))
            ]
            asked = work.outbox.put(messages)
        yield asked


def _resend_unhandled(ledger: Ledger, before: datetime) -> Iterator[int]:
    """Look through what was said since the last look only, and without a lock: most days there is nothing to say.

    What was heard stays heard, and what is said again is said anew.
    """
    with ledger.read() as work:
        heard = work.schedules.last_run(HEARD)
    for page in pages(PAGE):
        with ledger.read() as work:
            unheard = page.read(work.unanswered.unhandled(CONSUMERS, heard and heard - UNSEEN, before, PAGE))
        with ledger.begin() as work:
            work.outbox.resend(unheard)
            if page.is_last:
                work.schedules.record_run(HEARD, before)
        yield len(unheard)


def _resend_replays(ledger: Ledger, before: datetime) -> Iterator[int]:
    for page in pages(PAGE):
        with ledger.begin() as work:
            items = page.read(work.unanswered.replay_items(before, page.after or "", PAGE), str)
            lost = work.unanswered.published_before([message_id(item) for item in items], before)
            work.outbox.resend(lost)
        yield len(lost)


def _requeue_recorded(ledger: Ledger) -> Iterator[int]:
    for page in pages(PAGE):
        with ledger.begin() as work:
            keys = page.read(work.early_events.now_recorded(PAGE) + work.letter_actions.now_recorded(PAGE))
            released = work.early_events.requeue(keys) + work.letter_actions.requeue(keys)
        yield released
