"""Writing a decided batch: orders, vault, journal, inbox, letters and waits, each in one statement for all."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from events.envelope import follow_up
from handlers.rules.order_state import is_shipped, outstanding
from ledger.batches import BatchRecord
from ledger.ledger import Ledger
from ledger.unit_of_work import UnitOfWork
from pipeline.blocked_letters import write_blocked
from pipeline.changed_letters import write_changed
from pipeline.deadlines import Deadlines
from pipeline.deciding import DecidedBatch, DecidedEvent, OrderChange, OrderChanges, changes_of
from pipeline.lookup import BatchState
from pipeline.parcel_letters import is_reported_already, rejected_identity, write_waiting
from pipeline.parsing import failed_letter, redelivery
from pipeline.reimport import request_imports_for_events
from pipeline.replay_outcomes import record_outcomes, record_repeats
from schemas.dead_letters import EarlyEvent, NewLetter
from schemas.history import HistoryEntry, InboxEntry, InboxState
from schemas.message import Message
from schemas.order import Order, OrderKey
from schemas.status import Status


def write(
    work: UnitOfWork, consumer: str, looked: BatchState, decided: DecidedBatch, patience: Deadlines
) -> list[Message]:
    """Write everything that was decided, and return the follow-ups to publish after the commit."""
    said = follow_ups_of(work, consumer, decided)
    handled = [_row(ruling, said[ruling.event.key]) for ruling in decided.events]
    changes = write_orders(work, consumer, looked, decided, patience, handled)
    work.dead_letters.save(_rejected(consumer, decided))
    work.early_events.defer(_early_events(work, consumer, decided, patience))
    request_imports_for_events(work, [(ruling.decision.wake_keys, ruling.event) for ruling in decided.events])
    record_outcomes(work, consumer, decided.events)
    record_repeats(work, looked)
    write_waiting(work, decided.events, changes)
    return [message for ruling in decided.events for message in said[ruling.event.key]]


def reconsider_early(work: UnitOfWork, decided: DecidedBatch) -> None:
    """Have events that seem early decided again when their order was recorded since it was looked up.

    By another process, or by a later event of their own batch.
    """
    early = {key for ruling in decided.events if ruling.decision.defer and (key := ruling.event.order)}
    if not early:
        return
    recorded = {ruling.event.order for ruling in decided.events if ruling.decision.order}
    recorded |= work.orders.load(early, lock=False).keys()
    late = [ruling for ruling in decided.events if ruling.decision.defer and ruling.event.order in recorded]
    decided.again += [ruling.event for ruling in late]
    decided.events = [ruling for ruling in decided.events if ruling not in late]


def write_orders(
    work: UnitOfWork,
    cause: str,
    looked: BatchState,
    decided: DecidedBatch,
    patience: Deadlines,
    handled: Sequence[InboxEntry] = (),
) -> OrderChanges:
    """Write what was decided about orders, and the inbox rows *handled* with it. Returns what is changed.

    *cause* names who decided: a consumer, or an operator at the desk, whose decisions no inbox knows.
    """
    changes = changes_of(decided)
    orders = [change.after for change in changes.values()]
    work.record(cause, BatchRecord(orders, _pending_since(work, looked, changes), _entries(work, decided), handled))
    work.stores.add_unknown({store_id for store_id, _ in newly_recorded(decided)} - looked.stores.keys())
    _write_personal(work, decided, changes, patience)
    write_blocked(work, cause, changes.values(), decided.mark)
    write_changed(work, cause, changes.values())
    return changes


def newly_recorded(decided: DecidedBatch) -> set[OrderKey]:
    """Return the orders that were not recorded before."""
    return {ruling.decision.order.key for ruling in decided.events if ruling.decision.order and ruling.before is None}


def requeue_dependents(ledger: Ledger, orders: Collection[OrderKey]) -> None:
    """Let through what waits for orders that are recorded now.

    In a transaction of its own: that something waits is known only when the orders are written, which the commit goes
    with. Should the process end in between, the clock's job finds it.
    """
    with ledger.begin() as work:
        work.early_events.requeue(orders)
        work.letter_actions.requeue(orders)


def follow_ups_of(work: UnitOfWork, cause: str, decided: DecidedBatch) -> dict[bytes, tuple[Message, ...]]:
    """Return what follows from each event, by the event's key."""
    return {
        ruling.event.key: tuple(
            follow_up(payload, ruling.event, cause, place, work.now)
            for place, payload in enumerate(ruling.decision.follow_ups)
        )
        for ruling in decided.events
    }


def _row(ruling: DecidedEvent, said: tuple[Message, ...]) -> InboxEntry:
    state = InboxState.DONE
    if ruling.decision.rejection:
        state = InboxState.FAILED
    elif ruling.decision.defer:
        state = InboxState.DEFERRED
    return InboxEntry(ruling.event.key, ruling.event.message.epoch, state, said)


def _pending_since(work: UnitOfWork, looked: BatchState, changes: OrderChanges) -> dict[OrderKey, datetime | None]:
    return {
        key: work.now if outstanding(after, looked.store(key[0])) and not ruling.decision.suppress_reminder else None
        for key, (_, after, ruling) in changes.items()
    }


_ENDED = {Status.SHIPPED, Status.COMPLETED, Status.CANCELED, Status.UNFULFILLABLE}
_PERSONAL = {"buyer", "shipping_address"}


def _has_ended(order: Order) -> bool:
    """Tell whether the order is at its end for its buyer. Amazon's word counts, too: `Error` hides it from people."""
    return order.status in _ENDED or Status(order.amazon_status) in _ENDED or is_shipped(order)


def _goes_on(change: OrderChange) -> bool:
    """Tell whether an order is not at its end after all: a parcel was corrected, or a later report says so."""
    return change.stored is not None and _has_ended(change.stored) and not _has_ended(change.after)


def _write_personal(work: UnitOfWork, decided: DecidedBatch, changes: OrderChanges, patience: Deadlines) -> None:
    told = {key: r.decision.personal for r in decided.events if (key := r.event.order) and r.decision.personal}
    work.vault.save(told)
    held = [change for change in changes.values() if not change.after.fact_stamps.keys().isdisjoint(_PERSONAL)]
    ended = [change.after.key for change in held if _has_ended(change.after)]
    work.vault.expire(dict.fromkeys(ended, work.now + patience.personal_data))
    work.vault.keep([change.after.key for change in held if _goes_on(change)])


def _entries(work: UnitOfWork, decided: DecidedBatch) -> list[HistoryEntry]:
    return [
        HistoryEntry(key, ruling.event.name, ruling.decision.note, ruling.event.id, work.now)
        for ruling in decided.events
        if ruling.decision.note and (key := ruling.event.order)
    ]


def _rejected(consumer: str, decided: DecidedBatch) -> list[NewLetter]:
    return [
        replace(failed_letter(consumer, ruling.event, why), identity=rejected_identity(consumer, ruling))
        for ruling in decided.events
        if (why := ruling.decision.rejection) and not is_reported_already(ruling)
    ]


def _early_events(work: UnitOfWork, consumer: str, decided: DecidedBatch, patience: Deadlines) -> list[EarlyEvent]:
    due_at = work.now + patience.early
    return [
        EarlyEvent(consumer, ruling.event.key, ruling.event.name, key, redelivery(ruling.event), due_at)
        for ruling in decided.events
        if ruling.decision.defer and (key := ruling.event.order)
    ]
