"""Writing a decided batch in one transaction: every table in one statement for all events."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from events.envelope import follow_up
from handlers.rules.order_state import outstanding
from handlers.rules.personal_data import has_ended
from ledger.batches import BatchRecord
from ledger.ledger import Ledger
from ledger.unit_of_work import UnitOfWork
from pipeline.deadlines import Deadlines
from pipeline.deciding import DecidedBatch, DecidedEvent, OrderChange, OrderChanges, changes_of
from pipeline.delayed_retry import schedule_retries
from pipeline.lookup import BatchState
from pipeline.order_letters import is_reported_already, letter_changes, rejected_identity
from pipeline.parsing import failed_letter, redelivery
from pipeline.publishers import origin
from pipeline.reimport import request_imports_for_events, waits_of, write_waits
from pipeline.replay_outcomes import outcomes_of, record_dead_letters, resolved_by
from pipeline.reused_ids import reused_id_letter
from schemas.dead_letters import EarlyEvent, NewLetter
from schemas.history import HistoryEntry, InboxEntry, InboxState
from schemas.message import Message
from schemas.order import OrderKey
from schemas.personal import PersonalData

FollowUps = Mapping[bytes, tuple[Message, ...]]
"""The follow-ups of each event, by the event's key."""


def write(
    work: UnitOfWork, consumer: str, state: BatchState, decided: DecidedBatch, deadlines: Deadlines
) -> list[Message]:
    """Write a consumer's decided batch, and return the follow-ups to publish after the commit."""
    follow_ups = _follow_ups(work, consumer, decided)
    _write(work, consumer, state, decided, deadlines, _inbox_entries(decided, follow_ups))
    return [message for messages in follow_ups.values() for message in messages]


def write_operation(
    work: UnitOfWork, operator: str, state: BatchState, decided: DecidedBatch, deadlines: Deadlines
) -> None:
    """Write an operator's decisions; no delivery causes their follow-ups, so the outbox publishes them."""
    follow_ups = _follow_ups(work, operator, decided)
    _write(work, operator, state, decided, deadlines, ())
    work.outbox.put([message for messages in follow_ups.values() for message in messages])


def _write(
    work: UnitOfWork,
    consumer: str,
    state: BatchState,
    decided: DecidedBatch,
    deadlines: Deadlines,
    handled: Sequence[InboxEntry],
) -> None:
    """Write everything, in the order that locks and letters need. All values are computed of the decided batch."""
    changes = changes_of(decided)
    waits = waits_of(consumer, changes)
    letters = letter_changes(consumer, decided, changes, work.now, work.incarnations.present)
    reused = [reused_id_letter(failed_letter(consumer, event, ""), first) for event, first in state.reused]

    orders = [change.after for change in changes.values()]
    stored = {key: change.stored for key, change in changes.items() if change.stored}
    pending = _pending_since(work, state, changes)
    work.record(consumer, BatchRecord(orders, pending, _notes(work, decided), handled, stored))
    work.stores.add_missing({store_id for store_id, _ in newly_recorded(decided)} - state.stores.keys())
    work.vault.save(_personal_data(decided))
    work.vault.expire(_expiries(changes, work.now + deadlines.personal_data))
    work.vault.keep(_reopened(changes))
    work.vault.add_rows(_of_destroyed(changes))
    write_waits(work, waits, decided.mark)
    request_imports_for_events(work, [(ruling.decision.wake_keys, ruling.event) for ruling in decided.events])
    work.early_events.defer(_early_events(consumer, state, decided, work.now, deadlines))
    # A replay's outcome changes the letter that its event was saved as; an order's letters overrule both.
    work.dead_letters.save([*_rejected(consumer, decided), *reused])
    record_dead_letters(work, reused)
    work.replays.record_outcomes(outcomes_of(consumer, state, decided, changes))
    work.dead_letters.save(letters.saved)
    work.dead_letters.resolve(resolved_by(consumer, decided.events) | letters.resolved)
    schedule_retries(work, consumer, decided.deferred)


def reconsider_early(work: UnitOfWork, decided: DecidedBatch) -> DecidedBatch:
    """Have early events decided again whose order has been recorded meanwhile.

    By another process, or by a later event of their own batch.
    """
    early = {key for ruling in decided.events if ruling.decision.defer and (key := ruling.event.order)}
    if not early:
        return decided
    recorded = {ruling.event.order for ruling in decided.events if ruling.decision.order}
    recorded |= work.orders.load(early, lock=False).keys()
    late = [ruling for ruling in decided.events if ruling.decision.defer and ruling.event.order in recorded]
    return replace(
        decided,
        events=[ruling for ruling in decided.events if ruling not in late],
        again=[*decided.again, *(ruling.event for ruling in late)],
    )


def newly_recorded(decided: DecidedBatch) -> set[OrderKey]:
    """Return the orders that were not recorded before."""
    return {ruling.decision.order.key for ruling in decided.events if ruling.decision.order and ruling.before is None}


def requeue_dependents(ledger: Ledger, orders: Collection[OrderKey]) -> None:
    """Requeue the deferred events and dead letters of orders that are recorded now.

    In a transaction of its own: only the batch's commit reports that there are any. If the process ends in between,
    the scheduler finds and resends them.
    """
    with ledger.begin() as work:
        work.early_events.requeue(orders)
        work.letter_actions.requeue(orders)


def _follow_ups(work: UnitOfWork, cause: str, decided: DecidedBatch) -> FollowUps:
    return {
        ruling.event.key: tuple(
            follow_up(payload, ruling.event, cause, position, work.now, work.incarnations.present)
            for position, payload in enumerate(ruling.decision.follow_ups)
        )
        for ruling in decided.events
    }


def _inbox_entries(decided: DecidedBatch, follow_ups: FollowUps) -> list[InboxEntry]:
    return [_inbox_entry(ruling, follow_ups[ruling.event.key]) for ruling in decided.events]


def _inbox_entry(ruling: DecidedEvent, follow_ups: tuple[Message, ...]) -> InboxEntry:
    event = ruling.event
    return InboxEntry(event.key, event.message.epoch, _inbox_state(ruling), follow_ups, event.digest)


def _inbox_state(ruling: DecidedEvent) -> InboxState:
    if ruling.decision.rejection:
        return InboxState.FAILED
    return InboxState.DEFERRED if ruling.decision.defer else InboxState.DONE


def _pending_since(work: UnitOfWork, state: BatchState, changes: OrderChanges) -> dict[OrderKey, datetime | None]:
    return {
        key: work.now if outstanding(after, state.store(key[0])) and not ruling.decision.suppress_reminder else None
        for key, (_, after, ruling) in changes.items()
    }


def _notes(work: UnitOfWork, decided: DecidedBatch) -> list[HistoryEntry]:
    return [
        HistoryEntry(key, ruling.event.name, ruling.decision.note, ruling.event.id, work.now, *origin(ruling.event))
        for ruling in decided.events
        if ruling.decision.note and (key := ruling.event.order)
    ]


_PERSONAL = {"buyer", "shipping_address", "personal_instructions"}


def _personal_data(decided: DecidedBatch) -> dict[OrderKey, PersonalData]:
    return {
        key: ruling.decision.personal
        for ruling in decided.events
        if (key := ruling.event.order) and ruling.decision.personal
    }


def _expiries(changes: OrderChanges, expires_at: datetime) -> dict[OrderKey, datetime]:
    """Return when the personal data of orders that have ended expires."""
    return {
        key: expires_at for key, change in changes.items() if _has_personal_data(change) and has_ended(change.after)
    }


def _reopened(changes: OrderChanges) -> list[OrderKey]:
    """Return ended orders that are open again: a parcel was corrected, or a later report has another status."""
    return [
        key
        for key, change in changes.items()
        if _has_personal_data(change) and change.stored and has_ended(change.stored) and not has_ended(change.after)
    ]


def _of_destroyed(changes: OrderChanges) -> list[OrderKey]:
    """Return orders whose personal data was destroyed: a later parcel or title is to be destroyed in its turn."""
    return [key for key, change in changes.items() if change.after.personal_data_destroyed_at]


def _has_personal_data(change: OrderChange) -> bool:
    return not change.after.fact_stamps.keys().isdisjoint(_PERSONAL)


def _rejected(consumer: str, decided: DecidedBatch) -> list[NewLetter]:
    return [
        replace(failed_letter(consumer, ruling.event, reason), identity=rejected_identity(consumer, ruling))
        for ruling in decided.events
        if (reason := ruling.decision.rejection) and not is_reported_already(ruling)
    ]


def _early_events(
    consumer: str, state: BatchState, decided: DecidedBatch, now: datetime, deadlines: Deadlines
) -> list[EarlyEvent]:
    return [
        EarlyEvent(
            consumer=consumer,
            key=ruling.event.key,
            event=ruling.event.name,
            order=key,
            message=redelivery(ruling.event),
            due_at=now + (deadlines.unknown_store if needs_store else deadlines.early),
            needs_store=needs_store,
        )
        for ruling in decided.events
        if ruling.decision.defer and (key := ruling.event.order)
        for needs_store in [key[0] in state.unknown_stores]
    ]
