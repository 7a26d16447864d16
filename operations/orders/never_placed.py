"""Orders that were never placed: deferred events and dead letters of an id that is not recorded."""

from operations.context import Context
from operations.orders.explanation import DeferredEvent, NeverPlacedOrder
from schemas.dead_letters import EarlyEvent, LetterFilter, LetterState

NEEDS_STORE = "Nobody has added its store. Its events are handled as soon as its store is added."
OUTCOME = "The order was never placed. Its events are handled as soon as order.placed is published."


def find_never_placed(context: Context, amazon_order_id: str, store_id: str | None) -> NeverPlacedOrder | None:
    """Return the deferred events and open dead letters of an unrecorded order, or None without any."""
    letters_of_order = LetterFilter(state=LetterState.OPEN, store_id=store_id, amazon_order_id=amazon_order_id)
    with context.ledger.read() as work:
        deferred = work.early_events.of_order(amazon_order_id, store_id)
        letters = work.dead_letters.latest(letters_of_order)
    if not deferred and not letters:
        return None
    return NeverPlacedOrder(
        amazon_order_id=amazon_order_id,
        outcome=NEEDS_STORE if any(event.needs_store for event in deferred) else OUTCOME,
        early_events=tuple(_deferred(event) for event in deferred),
        dead_letters=tuple(letters),
    )


def _deferred(event: EarlyEvent) -> DeferredEvent:
    return DeferredEvent(consumer=event.consumer, event=event.event, store_id=event.order[0], due_at=event.due_at)
