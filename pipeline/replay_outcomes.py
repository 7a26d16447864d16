"""Outcomes of replayed letters, recorded in the transaction that handles their messages."""

from collections.abc import Iterable, Sequence

from events.envelope import Event
from handlers.rules.blockers import blocked_note, never_placed
from handlers.rules.commerce_mismatch import mismatch_message
from handlers.rules.order_state import is_canceled
from ledger.dead_letters.letter_rows import letter_id
from ledger.unit_of_work import UnitOfWork
from pipeline.deciding import NEEDS_STORE, DecidedBatch, DecidedEvent, OrderChanges
from pipeline.lookup import BatchState
from pipeline.order_letters import IMPORTER, is_reported_already, rejected_identity
from pipeline.parsing import REQUESTS, letter_identity
from schemas.dead_letters import NewLetter, changed_identity, message_identity, request_identity
from schemas.history import InboxEntry, InboxState
from schemas.message import Message
from schemas.order import Order
from schemas.replays import ItemOutcome, ItemState

HEADER = "replay"
"""The header of a replayed message: the id of the replay item that it belongs to."""

_REPEATED = {
    InboxState.DONE: (ItemState.OK, "It had been handled before."),
    InboxState.FAILED: (ItemState.FAILED_AGAIN, "Another delivery of its event has failed meanwhile."),
    InboxState.DEFERRED: (ItemState.FAILED_AGAIN, "Another delivery of its event waits for its order meanwhile."),
    InboxState.SUPERSEDED: (ItemState.SKIPPED, "An edited message has replaced it."),
}
"""Outcomes of repeats, by the state of their inbox rows. Every state has one: a replay waits for all its outcomes."""

_CANCELLER = "canceller"


def item_of(message: Message) -> str | None:
    """Return the id of a message's replay item, or None if it is not replayed."""
    item = message.headers.get(HEADER)
    return item if isinstance(item, str) else None


def outcomes_of(consumer: str, state: BatchState, decided: DecidedBatch, changes: OrderChanges) -> list[ItemOutcome]:
    """Return the outcomes of the replayed messages in a batch, decided in it or handled before."""
    of_decided = [outcome for ruling in decided.events if (outcome := _outcome(consumer, ruling))]
    of_repeats = [
        outcome
        for event, handled in state.repeats
        if (outcome := _of_repeat(event, handled, _order_after(event, state, changes)))
    ]
    return of_decided + of_repeats


def resolved_by(consumer: str, rulings: Sequence[DecidedEvent]) -> set[str]:
    """Return the identities of the letters that decisions resolve, whichever message they were made of."""
    return {identity for ruling in rulings for identity in _resolved(consumer, ruling)}


def _order_after(event: Event, state: BatchState, changes: OrderChanges) -> Order | None:
    if event.order is None:
        return None
    change = changes.get(event.order)
    return change.after if change else state.orders.get(event.order)


def _of_repeat(event: Event, handled: InboxEntry, order: Order | None) -> ItemOutcome | None:
    item = item_of(event.message)
    if item is None:
        return None
    difference = mismatch_message(order) if order else None
    if order and difference and _is_of(item, changed_identity(order.key, difference)):
        return ItemOutcome(item, ItemState.FAILED_AGAIN, difference)  # handled, but a person has yet to correct it
    return ItemOutcome(item, *_REPEATED[handled.state])


def record_dead_letters(work: UnitOfWork, letters: Iterable[NewLetter]) -> None:
    """Record replayed letters whose messages became dead letters again without a decision."""
    outcomes = [
        ItemOutcome(item, ItemState.FAILED_AGAIN, letter.reason, counted=_is_of(item, letter.identity))
        for letter in letters
        if (item := item_of(letter.message))
    ]
    work.replays.record_outcomes(outcomes)


def _outcome(consumer: str, ruling: DecidedEvent) -> ItemOutcome | None:
    item = item_of(ruling.event.message)
    if item is None:
        return None
    decision, order = ruling.decision, ruling.event.order
    if decision.rejection:
        own = _is_of(item, rejected_identity(consumer, ruling)) and not is_reported_already(ruling)
        return ItemOutcome(item, ItemState.FAILED_AGAIN, decision.rejection, counted=own)
    if decision.defer and order:
        never = f"{never_placed(order[1]).reason}."
        return ItemOutcome(item, ItemState.FAILED_AGAIN, NEEDS_STORE if decision.note == NEEDS_STORE else never)
    if consumer == IMPORTER and decision.order and decision.order.blockers:
        return ItemOutcome(item, ItemState.FAILED_AGAIN, blocked_note(decision.order.blockers), counted=True)
    return ItemOutcome(item, ItemState.OK, decision.note or "It was handled.")


def _resolved(consumer: str, ruling: DecidedEvent) -> set[str]:
    event, decision = ruling.event, ruling.decision
    resolved: set[str] = set()
    if decision.defer:
        return resolved
    if decision.order and _is_canceled_now(ruling):
        resolved |= _of_canceled(decision.order)
    if isinstance(event.payload, REQUESTS):
        resolved.add(letter_identity(consumer, event))
    if event.message.epoch > 0:
        resolved.add(message_identity(consumer, event.key))
    return resolved - {letter_identity(consumer, event)} if decision.rejection else resolved


def _of_canceled(order: Order) -> set[str]:
    """Return the identities of refused requests that are obsolete once Amazon has canceled the order."""
    confirmations = {request_identity("confirmer", order.key, parcel.shipment_id) for parcel in order.parcels}
    return {request_identity(_CANCELLER, order.key), request_identity("completer", order.key), *confirmations}


def _is_canceled_now(ruling: DecidedEvent) -> bool:
    """Whether Amazon has just canceled the order: so a cancellation request is granted, even one refused."""
    after, before = ruling.decision.order, ruling.before
    return bool(after and is_canceled(after)) and not (before and is_canceled(before))


def _is_of(item: str, identity: str) -> bool:
    """Whether a replay's item is about the letter of this identity."""
    return item.endswith(f"/{letter_id(identity)}")
