"""Orders that Amazon changed after Commerce had them: one letter of each difference, until a person has dealt with it.

A note is gone with the next event, and only who looks at the order sees it; a letter waits in the one list of what
needs a person. It goes by the order's state, as the letters of blocked orders do: however many reports told the
difference and in whichever order, there is one, and it is settled when Amazon takes its change back.
"""

from collections.abc import Collection

from handlers.rules.commerce_mismatch import mismatch_message
from ledger.unit_of_work import UnitOfWork
from pipeline.deciding import OrderChange
from schemas.dead_letters import DeadLetterType, NewLetter, changed_identity
from schemas.order import Order


def write_changed(work: UnitOfWork, consumer: str, changes: Collection[OrderChange]) -> None:
    """Set aside a letter for each order that now differs from what Commerce has, and settle those that told of less."""
    news = [change for change in changes if _correction(change.stored) != mismatch_message(change.after)]
    over = [(change.after, told) for change in news if (told := _correction(change.stored))]
    work.dead_letters.resolve([changed_identity(order.key, told) for order, told in over])
    work.dead_letters.save(
        [_letter(consumer, change, told) for change in news if (told := mismatch_message(change.after))]
    )


def _correction(stored: Order | None) -> str | None:
    return mismatch_message(stored) if stored else None


def _letter(consumer: str, change: OrderChange, told: str) -> NewLetter:
    event = change.decided.event
    return NewLetter(
        identity=changed_identity(change.after.key, told),
        letter_type=DeadLetterType.FAILED,
        consumer=consumer,
        event=event.name,
        reason=told,
        message=event.message,
        message_key=event.key,
        order=change.after.key,
    )
