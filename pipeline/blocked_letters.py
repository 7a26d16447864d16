"""Blocked orders: the one letter of each, with its causes, and what it waits for, in step with the order."""

from collections.abc import Collection

from events.envelope import derived_id, encode
from events.registry import CONSUMERS
from handlers.rules.blockers import blocked_note
from ledger.unit_of_work import UnitOfWork
from pipeline.deciding import OrderChange
from pipeline.reimport import request_missed_imports
from schemas.dead_letters import DeadLetterType, NewLetter, blocked_identity
from schemas.order import Order
from schemas.payloads import ImportRequested

_IMPORTER = "importer"


def write_blocked(work: UnitOfWork, cause: str, changes: Collection[OrderChange], mark: int | None) -> None:
    """Write the letters and waits of orders that are blocked, and settle those of orders that no longer are.

    *cause* names who decided. *mark* is the mark of wake-ups from before the outside was asked, if it was.
    """
    blocked = [change for change in changes if _is_blocked_by(cause, change)]
    freed = [change.after.key for change in changes if _blocked_before(change) and not change.after.blockers]
    work.dead_letters.save([_letter(work, change) for change in blocked])
    work.dead_letters.resolve([blocked_identity(key) for key in freed])
    waits = {change.after.key: _wake_keys(change.after) for change in blocked}
    work.wake_ups.replace_keys({**waits, **dict.fromkeys(freed, ())})
    if mark is not None:
        events = {change.after.key: change.decided.event for change in blocked}
        request_missed_imports(work, {key: (keys, events[key]) for key, keys in waits.items()}, mark)


def _is_blocked_by(cause: str, change: OrderChange) -> bool:
    """Tell whether the letter has news: other blockers, or one more try of the importer's."""
    blocked_on = change.after.blockers
    return bool(blocked_on) and (cause == _IMPORTER or _blocked_before(change) != blocked_on)


def _blocked_before(change: OrderChange) -> tuple[object, ...]:
    return change.stored.blockers if change.stored else ()


def _wake_keys(order: Order) -> tuple[str, ...]:
    """Return all wake-up keys whose change may end what blocks an order."""
    return tuple(sorted({key for blocker in order.blockers for key in blocker.wake_keys}))


def _letter(work: UnitOfWork, change: OrderChange) -> NewLetter:
    order, cause = change.after, change.decided.event
    payload = ImportRequested(store_id=order.store_id, amazon_order_id=order.amazon_order_id)
    return NewLetter(
        identity=blocked_identity(order.key),
        letter_type=DeadLetterType.BLOCKED,
        consumer=_IMPORTER,
        event=CONSUMERS[_IMPORTER],
        reason=blocked_note(order.blockers),  # its note may be about what came since
        message=encode(payload, derived_id(cause.key, "blocked", 0), work.now, cause),
        order=order.key,
        causes=tuple(blocker.cause for blocker in order.blockers),
    )
