"""Writing a decided batch: orders, vault, journal, inbox, letters and waits, each in one statement for all."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from events.envelope import follow_up
from handlers.rules.order_state import is_shipped, outstanding
from ledger.batches import Record
from ledger.ledger import Ledger
from ledger.unit_of_work import Work
from pipeline.blocked_letters import write_blocked
from pipeline.changed_letters import write_changed
from pipeline.deciding import Change, Changes, Decided, Ruling, changes_of
from pipeline.lookup import Looked
from pipeline.parcel_letters import is_told_already, rejected_identity, write_waiting
from pipeline.parsing import failed, said_again
from pipeline.reimport import wake_for
from pipeline.replay_outcomes import settle_repeats, settle_rulings
from schemas.dead_letters import EarlyEvent, NewLetter
from schemas.history import Entry, Handled, HandledState
from schemas.message import Message
from schemas.order import Order, OrderKey
from schemas.status import Status


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take: an early event's wait for its order, personal data after shipment."""

    early: timedelta = timedelta(hours=1)
    personal_data: timedelta = timedelta(days=30)


def write(work: Work, consumer: str, looked: Looked, decided: Decided, patience: Patience) -> list[Message]:
    """Write everything that was decided, and return the follow-ups to publish after the commit."""
    said = said_of(work, consumer, decided)
    handled = [_row(ruling, said[ruling.event.key]) for ruling in decided.rulings]
    changes = write_orders(work, consumer, looked, decided, patience, handled)
    work.save_letters(_rejected(consumer, decided))
    work.hold_early(_early_events(work, consumer, decided, patience))
    wake_for(work, [(ruling.decision.wakes, ruling.event) for ruling in decided.rulings])
    settle_rulings(work, consumer, decided.rulings)
    settle_repeats(work, looked)
    write_waiting(work, decided.rulings, changes)
    return [message for ruling in decided.rulings for message in said[ruling.event.key]]


def take_back_early(work: Work, decided: Decided) -> None:
    """Have events that seem early decided again when their order was recorded since it was looked up.

    By another process, or by a later event of their own batch.
    """
    early = {key for ruling in decided.rulings if ruling.decision.early and (key := ruling.event.order)}
    if not early:
        return
    recorded = {ruling.event.order for ruling in decided.rulings if ruling.decision.order}
    recorded |= work.orders(early, lock=False).keys()
    late = [ruling for ruling in decided.rulings if ruling.decision.early and ruling.event.order in recorded]
    decided.again += [ruling.event for ruling in late]
    decided.rulings = [ruling for ruling in decided.rulings if ruling not in late]


def write_orders(
    work: Work, cause: str, looked: Looked, decided: Decided, patience: Patience, handled: Sequence[Handled] = ()
) -> Changes:
    """Write what was decided about orders, and the inbox rows *handled* with it. Returns what is changed.

    *cause* names who decided: a consumer, or an operator at the desk, whose decisions no inbox knows.
    """
    changes = changes_of(decided)
    orders = [change.after for change in changes.values()]
    work.record(cause, Record(orders, _pending_since(work, looked, changes), _entries(work, decided), handled))
    work.add_unknown_stores({store_id for store_id, _ in recorded(decided)} - looked.stores.keys())
    _write_personal(work, decided, changes, patience)
    write_blocked(work, cause, changes.values(), decided.mark)
    write_changed(work, cause, changes.values())
    return changes


def recorded(decided: Decided) -> set[OrderKey]:
    """Return the orders that were not recorded before."""
    return {ruling.decision.order.key for ruling in decided.rulings if ruling.decision.order and ruling.before is None}


def release(ledger: Ledger, orders: Collection[OrderKey]) -> None:
    """Let through what waits for orders that are recorded now.

    In a transaction of its own: that something waits is known only when the orders are written, which the commit goes
    with. Should the process end in between, the clock's job finds it.
    """
    with ledger.begin() as work:
        work.release_early(orders)
        work.letters.release(orders)


def said_of(work: Work, cause: str, decided: Decided) -> dict[bytes, tuple[Message, ...]]:
    """Return what follows from each event, by the event's key."""
    return {
        ruling.event.key: tuple(
            follow_up(payload, ruling.event, cause, place, work.now)
            for place, payload in enumerate(ruling.decision.follow_ups)
        )
        for ruling in decided.rulings
    }


def _row(ruling: Ruling, said: tuple[Message, ...]) -> Handled:
    state = HandledState.DONE
    if ruling.decision.rejected:
        state = HandledState.FAILED
    elif ruling.decision.early:
        state = HandledState.WAITING
    return Handled(ruling.event.key, ruling.event.message.epoch, state, said)


def _pending_since(work: Work, looked: Looked, changes: Changes) -> dict[OrderKey, datetime | None]:
    return {
        key: work.now if outstanding(after, looked.store(key[0])) and not ruling.decision.silent else None
        for key, (_, after, ruling) in changes.items()
    }


_ENDED = {Status.SHIPPED, Status.COMPLETED, Status.CANCELED, Status.UNFULFILLABLE}
_PERSONAL = {"buyer", "shipping_address"}


def _has_ended(order: Order) -> bool:
    """Tell whether the order is at its end for its buyer. Amazon's word counts, too: `Error` hides it from people."""
    return order.status in _ENDED or Status(order.amazon_status) in _ENDED or is_shipped(order)


def _goes_on(change: Change) -> bool:
    """Tell whether an order is not at its end after all: a parcel was corrected, or a later report says so."""
    return change.stored is not None and _has_ended(change.stored) and not _has_ended(change.after)


def _write_personal(work: Work, decided: Decided, changes: Changes, patience: Patience) -> None:
    told = {key: r.decision.personal for r in decided.rulings if (key := r.event.order) and r.decision.personal}
    work.save_personal(told)
    held = [change for change in changes.values() if not change.after.facts_at.keys().isdisjoint(_PERSONAL)]
    ended = [change.after.key for change in held if _has_ended(change.after)]
    work.expire_personal(dict.fromkeys(ended, work.now + patience.personal_data))
    work.keep_personal([change.after.key for change in held if _goes_on(change)])


def _entries(work: Work, decided: Decided) -> list[Entry]:
    return [
        Entry(key, ruling.event.name, ruling.decision.note, ruling.event.id, work.now)
        for ruling in decided.rulings
        if ruling.decision.note and (key := ruling.event.order)
    ]


def _rejected(consumer: str, decided: Decided) -> list[NewLetter]:
    return [
        replace(failed(consumer, ruling.event, why), identity=rejected_identity(consumer, ruling))
        for ruling in decided.rulings
        if (why := ruling.decision.rejected) and not is_told_already(ruling)
    ]


def _early_events(work: Work, consumer: str, decided: Decided, patience: Patience) -> list[EarlyEvent]:
    due_at = work.now + patience.early
    return [
        EarlyEvent(consumer, ruling.event.key, ruling.event.name, key, said_again(ruling.event), due_at)
        for ruling in decided.rulings
        if ruling.decision.early and (key := ruling.event.order)
    ]
