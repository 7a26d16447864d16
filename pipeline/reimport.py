"""Importing blocked orders again once a cause is fixed: no order is missed, none is requested twice."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from events.envelope import Event, derived_id, encode
from ledger.unit_of_work import UnitOfWork
from pipeline.deciding import OrderChanges
from pipeline.order_letters import IMPORTER
from schemas.message import Message
from schemas.order import OrderKey
from schemas.payloads import ImportRequested


class Wait(NamedTuple):
    """The keys that wake a blocked order, none once it is not blocked, and the event that changed them."""

    wake_keys: tuple[str, ...]
    event: Event


def waits_of(consumer: str, changes: OrderChanges) -> dict[OrderKey, Wait]:
    """Return the waits that a decided batch changes. A try of the importer sets them even if they are the same."""
    waits: dict[OrderKey, Wait] = {}
    for key, (stored, after, decided) in changes.items():
        before = stored.blockers if stored else ()
        if after.blockers != before or (after.blockers and consumer == IMPORTER):
            wake_keys = {wake_key for blocker in after.blockers for wake_key in blocker.wake_keys}
            waits[key] = Wait(tuple(sorted(wake_keys)), decided.event)
    return waits


def write_waits(work: UnitOfWork, waits: Mapping[OrderKey, Wait], mark: int | None) -> None:
    """Set the keys that wake these orders, and request the import of those woken since *mark*, if there is one.

    A catalog change since then could not see the orders. None of the keys is woken until the transaction ends.
    """
    work.wake_ups.replace_keys({key: wait.wake_keys for key, wait in waits.items()})
    if mark is None:
        return
    woken = work.wake_ups.woken_since({wake_key for wait in waits.values() for wake_key in wait.wake_keys}, mark)
    missed = {key: wait.event for key, wait in waits.items() if woken.intersection(wait.wake_keys)}
    work.outbox.put([_import_request(work, event, f"missed/{'/'.join(key)}", key) for key, event in missed.items()])


def request_imports(work: UnitOfWork, wake_keys: Collection[str], event: Event) -> int:
    """Request the import of all orders that wait for one of these keys, because of *event*. Returns how many."""
    return request_imports_for_events(work, [(wake_keys, event)])


def request_imports_for_events(work: UnitOfWork, reasons: Collection[tuple[Collection[str], Event]]) -> int:
    """Request the import of the orders that several events wake, and return how many requests are new.

    An order that waits for several of the keys is requested once. The requests go through the outbox: there may be
    thousands. A transaction may call this once (see `WakeUps.wake`).
    """
    event_of = {key: event for wake_keys, event in reasons for key in wake_keys}
    work.wake_ups.wake(event_of)
    waiting = work.wake_ups.waiting_for(event_of)
    return work.outbox.put(
        [_import_request(work, event_of[key], "/".join(order), order) for order, key in waiting.items()]
    )


def _import_request(work: UnitOfWork, event: Event, reason: str, key: OrderKey) -> Message:
    payload = ImportRequested(store_id=key[0], amazon_order_id=key[1])
    return encode(payload, derived_id(event.key, reason, 0, work.incarnations.present), work.now, event)
