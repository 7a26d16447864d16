"""Outcomes: a replayed letter learns what became of it in the transaction that made it so."""

from collections.abc import Iterable, Sequence

from events.envelope import Event
from handlers.rules.blockers import blocked_note, never_placed
from handlers.rules.commerce_mismatch import mismatch_message
from handlers.rules.order_state import is_canceled
from ledger.dead_letters.letter_rows import letter_id
from ledger.unit_of_work import UnitOfWork
from pipeline.deciding import DecidedEvent
from pipeline.lookup import BatchState
from pipeline.parcel_letters import is_reported_already, rejected_identity
from pipeline.parsing import REQUESTS, letter_identity
from schemas.dead_letters import NewLetter, changed_identity, message_identity, request_identity
from schemas.history import InboxEntry, InboxState
from schemas.message import Message
from schemas.order import Order
from schemas.replays import ItemOutcome, ItemState

HEADER = "replay"
"""The header of a replayed message: its letter's place in the replay."""

_REPEATED = {
    InboxState.DONE: (ItemState.OK, "It had been handled before."),
    InboxState.SUPERSEDED: (ItemState.SKIPPED, "An edited message has replaced it."),
}

_IMPORTER = "importer"
_CANCELLER = "canceller"


def item_of(message: Message) -> str | None:
    """Return the place in a replay that a message belongs to, if it is a replayed one."""
    item = message.headers.get(HEADER)
    return item if isinstance(item, str) else None


def record_outcomes(work: UnitOfWork, consumer: str, rulings: Sequence[DecidedEvent]) -> None:
    """Settle the letters whose messages, or what those asked for, were decided; call it after letters were saved."""
    work.replays.record_outcomes([outcome for ruling in rulings if (outcome := _outcome(consumer, ruling))])
    work.dead_letters.resolve({identity for ruling in rulings for identity in _settled(consumer, ruling)})


def record_repeats(work: UnitOfWork, looked: BatchState) -> None:
    """Settle letters whose message turned out to be handled before the replay's copy came."""
    repeats = (
        (event, handled, looked.orders.get(event.order) if event.order else None) for event, handled in looked.repeats
    )
    work.replays.record_outcomes([outcome for repeat in repeats if (outcome := _of_repeat(*repeat))])


def _of_repeat(event: Event, handled: InboxEntry, order: Order | None) -> ItemOutcome | None:
    item = item_of(event.message)
    wrong = mismatch_message(order) if item and order else None
    if item and order and wrong and _is_of(item, changed_identity(order.key, wrong)):
        return ItemOutcome(item, ItemState.FAILED_AGAIN, wrong)  # it was handled, and a person has yet to do his part
    return ItemOutcome(item, *_REPEATED[handled.state]) if item and handled.state in _REPEATED else None


def record_dead_letters(work: UnitOfWork, letters: Iterable[NewLetter]) -> None:
    """Settle replayed letters that were set aside again without a decision."""
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
        return ItemOutcome(item, ItemState.FAILED_AGAIN, f"{never_placed(order[1]).reason}.")
    if consumer == _IMPORTER and decision.order and decision.order.blockers:
        return ItemOutcome(item, ItemState.FAILED_AGAIN, blocked_note(decision.order.blockers), counted=True)
    return ItemOutcome(item, ItemState.OK, decision.note or "It was handled.")


def _settled(consumer: str, ruling: DecidedEvent) -> set[str]:
    """Return the identities of the letters that a ruling settles, whichever message they were made of."""
    event, decision = ruling.event, ruling.decision
    settled: set[str] = set()
    if decision.defer:
        return settled
    if ruling.decision.order and _is_canceled_now(ruling):
        settled |= _of_canceled(ruling.decision.order)
    if isinstance(event.payload, REQUESTS):
        settled.add(letter_identity(consumer, event))
    if event.message.epoch > 0:
        settled.add(message_identity(consumer, event.key))
    return settled - {letter_identity(consumer, event)} if decision.rejection else settled


def _of_canceled(order: Order) -> set[str]:
    """Return the identities of requests that nobody makes once Amazon canceled the order, whoever refused them."""
    confirmations = {request_identity("confirmer", order.key, parcel.shipment_id) for parcel in order.parcels}
    return {request_identity(_CANCELLER, order.key), request_identity("completer", order.key), *confirmations}


def _is_canceled_now(ruling: DecidedEvent) -> bool:
    """Tell whether Amazon canceled the order: a wish to cancel it is fulfilled, even one that seemed to be refused."""
    after, before = ruling.decision.order, ruling.before
    return bool(after and is_canceled(after)) and not (before and is_canceled(before))


def _is_of(item: str, identity: str) -> bool:
    """Tell whether a replay's item is about the letter of this identity."""
    return item.endswith(f"/{letter_id(identity)}")
