"""Blocked orders: the one letter of each, with its causes, and what it waits for, in step with the order."""

from collections.abc import Collection

from events.envelope import derived_id, seal
from events.registry import CONSUMERS
from handlers.rules.blockers import note_of
from ledger.unit_of_work import Work
from pipeline.deciding import Change
from pipeline.reimport import wake_missed
from schemas.dead_letters import LetterClass, NewLetter, blocked_identity
from schemas.order import Order
from schemas.payloads import ImportRequested

_IMPORTER = "importer"


def write_blocked(work: Work, cause: str, changes: Collection[Change], mark: int | None) -> None:
    """Write the letters and waits of orders that are blocked, and settle those of orders that no longer are.

    *cause* names who decided. *mark* is the mark of wake-ups from before the outside was asked, if it was.
    """
    blocked = [change for change in changes if _is_blocked_by(cause, change)]
    freed = [change.after.key for change in changes if _blocked_before(change) and not change.after.blocked_on]
    work.save_letters([_letter(work, change) for change in blocked])
    work.resolve_letters([blocked_identity(key) for key in freed])
    waits = {change.after.key: _wake_keys(change.after) for change in blocked}
    work.set_waits({**waits, **dict.fromkeys(freed, ())})
    if mark is not None:
        events = {change.after.key: change.ruling.event for change in blocked}
        wake_missed(work, {key: (keys, events[key]) for key, keys in waits.items()}, mark)


def _is_blocked_by(cause: str, change: Change) -> bool:
    """Tell whether the letter has news: other blockers, or one more try of the importer's."""
    blocked_on = change.after.blocked_on
    return bool(blocked_on) and (cause == _IMPORTER or _blocked_before(change) != blocked_on)


def _blocked_before(change: Change) -> tuple[object, ...]:
    return change.stored.blocked_on if change.stored else ()


def _wake_keys(order: Order) -> tuple[str, ...]:
    """Return all wake-up keys whose change may end what blocks an order."""
    return tuple(sorted({key for blocker in order.blocked_on for key in blocker.wakes_on}))


def _letter(work: Work, change: Change) -> NewLetter:
    order, cause = change.after, change.ruling.event
    payload = ImportRequested(store_id=order.store_id, amazon_order_id=order.amazon_order_id)
    return NewLetter(
        identity=blocked_identity(order.key),
        letter_class=LetterClass.BLOCKED,
        consumer=_IMPORTER,
        event=CONSUMERS[_IMPORTER],
        reason=note_of(order.blocked_on),  # its note may be about what came since
        message=seal(payload, derived_id(cause.key, "blocked", 0), work.now, cause),
        order=order.key,
        causes=tuple(blocker.cause for blocker in order.blocked_on),
    )
