"""Waking: orders that wait for what was mended are asked to be imported again; none is missed, none asked twice."""

from collections.abc import Collection, Mapping

from events.envelope import Event, derived_id, encode
from ledger.unit_of_work import UnitOfWork
from schemas.message import Message
from schemas.order import OrderKey
from schemas.payloads import ImportRequested


def request_imports(work: UnitOfWork, wake_keys: Collection[str], event: Event) -> int:
    """Ask for the import of all orders that wait for one of these keys, because of *event*. Returns how many."""
    return request_imports_for_events(work, [(wake_keys, event)])


def request_imports_for_events(work: UnitOfWork, reasons: Collection[tuple[Collection[str], Event]]) -> int:
    """Wake for several events at once; a transaction wakes only once. Returns how many requests are new.

    An order that waits for several of them is asked for once. The requests go through the outbox, for they may be
    thousands.
    """
    because = {key: event for wake_keys, event in reasons for key in wake_keys}
    work.wake_ups.wake(because)
    waiting = work.wake_ups.waiting_for(because)
    return work.outbox.put(
        [_import_again(work, because[key], "/".join(order), order) for order, key in waiting.items()]
    )


def request_missed_imports(work: UnitOfWork, waits: Mapping[OrderKey, tuple[Collection[str], Event]], mark: int) -> int:
    """Ask again for orders that are being blocked on keys woken since *mark*: whoever woke them could not see them.

    Call it after the waits were set. Nobody wakes any of the keys from then on till the transaction ends.
    """
    woken = work.wake_ups.woken_since({key for wake_keys, _ in waits.values() for key in wake_keys}, mark)
    missed = {order: event for order, (wake_keys, event) in waits.items() if woken.intersection(wake_keys)}
    messages = [_import_again(work, event, f"missed/{'/'.join(order)}", order) for order, event in missed.items()]
    return work.outbox.put(messages)


def _import_again(work: UnitOfWork, event: Event, reason: str, key: OrderKey) -> Message:
    payload = ImportRequested(store_id=key[0], amazon_order_id=key[1])
    return encode(payload, derived_id(event.key, reason, 0), work.now, event)
