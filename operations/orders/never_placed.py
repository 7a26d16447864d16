"""Explaining an order that was never placed: what came for it, and waits."""

from dataclasses import dataclass

from ledger.ledger import Ledger
from schemas.dead_letters import DeadLetter, EarlyEvent, LetterFilter, LetterState


@dataclass(frozen=True, slots=True)
class NeverPlacedOrder:
    """An order that nobody placed: the events that wait for it, and the dead letters of those that waited too long."""

    amazon_order_id: str
    early: tuple[EarlyEvent, ...]
    letters: tuple[DeadLetter, ...]


def find_never_placed(ledger: Ledger, amazon_order_id: str, store_id: str | None) -> NeverPlacedOrder | None:
    """Return what waits for an order that is not recorded, if anything does."""
    waiting = LetterFilter(state=LetterState.OPEN, store_id=store_id, amazon_order_id=amazon_order_id)
    with ledger.read() as work:
        found = NeverPlacedOrder(
            amazon_order_id,
            tuple(work.early_events.of_order(amazon_order_id, store_id)),
            tuple(work.dead_letters.latest(waiting)),
        )
    return found if found.early or found.letters else None
