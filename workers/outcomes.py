"""Outcomes: a replayed letter learns what became of it in the transaction that made it so."""

from collections.abc import Iterable, Sequence

from events.envelope import Event
from handlers.blocking import never_placed
from ledger.letters import letter_id
from ledger.unit_of_work import Work
from schemas.journal import Handled, HandledState
from schemas.letters import NewLetter, message_identity
from schemas.message import Message
from schemas.replays import ItemOutcome, ItemState
from workers.deciding import Ruling

HEADER = "replay"
"""The header of a replayed message: its letter's place in the replay."""

_IMPORTER = "importer"


def item_of(message: Message) -> str | None:
    """Return the place in a replay that a message belongs to, if it is a replayed one."""
    item = message.headers.get(HEADER)
    return item if isinstance(item, str) else None


def settle_rulings(work: Work, consumer: str, rulings: Sequence[Ruling]) -> None:
    """Settle the letters whose messages were decided; call it after letters were saved."""
    work.letters.settle_items([outcome for ruling in rulings if (outcome := _outcome(consumer, ruling))])
    let_through = [ruling for ruling in rulings if ruling.event.message.epoch > 0 and _is_done(ruling)]
    work.resolve_letters([message_identity(consumer, ruling.event.key) for ruling in let_through])


def settle_repeats(work: Work, repeats: Iterable[tuple[Event, Handled]]) -> None:
    """Settle letters whose message turned out to be handled before the replay's copy came."""
    told = {
        HandledState.DONE: (ItemState.OK, "It had been handled before."),
        HandledState.SUPERSEDED: (ItemState.SKIPPED, "An edited message has replaced it."),
    }
    work.letters.settle_items(
        [
            ItemOutcome(item, *told[handled.state])
            for event, handled in repeats
            if (item := item_of(event.message)) and handled.state in told
        ]
    )


def settle_letters(work: Work, letters: Iterable[NewLetter]) -> None:
    """Settle replayed letters that were set aside again without a decision."""
    outcomes = [
        ItemOutcome(item, ItemState.FAILED_AGAIN, letter.reason, counted=_is_of(item, letter.identity))
        for letter in letters
        if (item := item_of(letter.message))
    ]
    work.letters.settle_items(outcomes)


def _outcome(consumer: str, ruling: Ruling) -> ItemOutcome | None:
    item = item_of(ruling.event.message)
    if item is None:
        return None
    decision, order = ruling.decision, ruling.event.order
    if decision.rejected:
        own = _is_of(item, message_identity(consumer, ruling.event.key))
        return ItemOutcome(item, ItemState.FAILED_AGAIN, decision.rejected, counted=own)
    if decision.early and order:
        return ItemOutcome(item, ItemState.FAILED_AGAIN, f"{never_placed(order[1]).reason}.")
    if consumer == _IMPORTER and decision.order and decision.order.blocked_on:
        return ItemOutcome(item, ItemState.FAILED_AGAIN, decision.order.note, counted=True)
    return ItemOutcome(item, ItemState.OK, decision.note or "It was handled.")


def _is_done(ruling: Ruling) -> bool:
    return not ruling.decision.rejected and not ruling.decision.early


def _is_of(item: str, identity: str) -> bool:
    """Tell whether a replay's item is about the letter of this identity."""
    return item.endswith(f"/{letter_id(identity)}")
