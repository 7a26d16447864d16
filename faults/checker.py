"""The checker: pure functions over a history, each of one invariant; what they return is what is wrong.

I1 nothing confirmed is lost · I2 nothing is done twice · I3 what was caused was heard · I4 nothing came from nowhere ·
I5 orders end as if nothing had broken · I6 quiet afterwards · I7 replays end, whoever was killed over them · I8 work
goes on after each fault. I0: the trial itself did what it claims.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from faults.history import History, Sent

DONE, FAILED, DEFERRED, SUPERSEDED = "done", "failed", "deferred", "superseded"


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold, and where."""

    invariant: str
    what: str

    def __str__(self) -> str:
        """Write it in a line."""
        return f"{self.invariant}: {self.what}"


def check(history: History) -> list[Violation]:
    """Return all that is wrong with a history; an empty list is what the product promises."""
    checks = (
        trial_happened,
        nothing_lost,
        nothing_doubled,
        causes_heard,
        nothing_unexpected,
        ends_as_modelled,
        quiet_afterwards,
        replays_ended,
        recovered,
    )
    return [violation for one in checks for violation in one(history)]


def trial_happened(history: History) -> Iterator[Violation]:
    """I0: faults and events there were, each fault that was wanted took place, no process ended by its own fault."""
    if not sum(history.faults.values()):
        yield Violation("I0", "no fault happened: the trial proves nothing")
    for kind, count in history.faults.items():
        if not count:
            yield Violation("I0", f"the fault {kind} was wanted and did not happen")
    if not any(sent.confirmed for sent in history.sent):
        yield Violation("I0", "nothing was published: the trial proves nothing")
    for complaint in history.complaints:
        yield Violation("I0", complaint)


def nothing_lost(history: History) -> Iterator[Violation]:
    """I1: whatever the broker confirmed is done, set aside, waiting, or in a safety net."""
    for sent in lost(history):
        yield Violation("I1", f"{_name(sent)} was confirmed and is nowhere")


def lost(history: History) -> list[Sent]:
    """Return what was confirmed and is nowhere, whoever is to blame."""
    return [sent for sent in history.sent if sent.confirmed and not is_accounted(history, sent)]


def is_excused(history: History, sent: Sent) -> bool:
    """Tell whether the broker was made to forget after it last confirmed this: no consumer can know of it then."""
    return any(max(sent.confirmed) <= loss for loss in history.losses)


def is_accounted(history: History, sent: Sent) -> bool:
    """Tell whether something that was published is somewhere."""
    row = history.rows.get(sent.heard) if sent.heard else None
    if row is None:
        return sent.digest in history.letters or sent.digest in history.nets
    match row.state:
        case "failed":
            return sent.heard in history.letter_keys or not sent.letters.isdisjoint(history.letter_identities)
        case "deferred":
            return sent.heard in history.waiting or sent.digest in history.letters or sent.digest in history.nets
    return True


def nothing_doubled(history: History) -> Iterator[Violation]:
    """I2: no event is applied twice, and the outside's own books show nothing that was done twice."""
    for (order, event), count in history.applied.items():
        if count > 1:
            yield Violation("I2", f"event {event} was applied {count} times to order {order[1]}")
    books = history.books
    if books.numbers != books.numbered:
        yield Violation("I2", f"Commerce gave out {books.numbers} order numbers for {books.numbered} orders")
    if books.surplus_pieces:
        yield Violation("I2", f"Amazon was told of {books.surplus_pieces} pieces more than were ordered")
    for sku, pieces in books.drift.items():
        yield Violation("I2", f"Commerce holds {pieces} pieces of {sku} for nobody")


def causes_heard(history: History) -> Iterator[Violation]:
    """I3: what a committed change said was heard by its consumer, unless the broker was made to forget it."""
    for heard, at in history.said.items():
        if heard not in history.rows and heard not in history.letter_keys and not _forgotten(history, at):
            yield Violation("I3", f"{heard[1].hex()} was said to {heard[0]} at {at:%H:%M:%S} and never handled")


def _forgotten(history: History, at: datetime) -> bool:
    return any(at <= loss for loss in history.losses)


def nothing_unexpected(history: History) -> Iterator[Violation]:
    """I4: what was handled was published or said, and every order is one of the script's."""
    published = {sent.heard for sent in history.sent if sent.attempted}
    for heard in history.rows:
        if heard not in published and heard not in history.said:
            yield Violation("I4", f"{heard[0]} handled {heard[1].hex()}, which nobody said")
    for key in sorted({*history.orders, *history.books.unknown} - set(history.expected)):
        yield Violation("I4", f"there is an order {key[1]} that nobody placed")


def ends_as_modelled(history: History) -> Iterator[Violation]:
    """I5: each order is what its events make of it, one by one in the order of the source."""
    for key, wanted in history.expected.items():
        found = history.orders.get(key)
        if found is None:
            yield Violation("I5", f"order {key[1]} is not recorded")
        elif found != wanted:
            facts = {name: (found[name], wanted[name]) for name in wanted if found[name] != wanted[name]}
            told = "; ".join(f"{name} is {is_}, not {must}" for name, (is_, must) in sorted(facts.items()))
            yield Violation("I5", f"order {key[1]} of {key[0]}: {told}")


def quiet_afterwards(history: History) -> Iterator[Violation]:
    """I6: nothing is left to be sent, to be handled or to be acknowledged, and every queue has its consumer."""
    quiet = history.quiet
    left = {"messages stand in the outbox": quiet.unsent, "claims are held": quiet.claimed}
    left["deliveries are not acknowledged"] = quiet.unacknowledged
    left |= {f"messages lie in {queue}": depth for queue, depth in quiet.queued.items()}
    for what, count in left.items():
        if count:
            yield Violation("I6", f"{count} {what}")
    for queue in quiet.unconsumed:
        yield Violation("I6", f"nobody consumes {queue}")


def replays_ended(history: History) -> Iterator[Violation]:
    """I7: each replay is finished, with an outcome for each letter that it held; no letter is left with one."""
    for replay in history.replays:
        if replay.state != "finished":
            yield Violation("I7", f"replay {replay.replay_id} is {replay.state}")
        if sum(replay.ended.values()) != replay.held:
            yield Violation("I7", f"replay {replay.replay_id} held {replay.held} letters: {dict(replay.ended)} ended")
    if history.still_replayed:
        yield Violation("I7", f"{history.still_replayed} letters are held by a replay")


def recovered(history: History) -> Iterator[Violation]:
    """I8: work went on after each fault."""
    for recovery in history.recoveries:
        if recovery.seconds is None:
            yield Violation("I8", f"{recovery.last or 'nobody'} did not work for long after {recovery.kind}")


def _name(sent: Sent) -> str:
    return f"{sent.routing_key} {(sent.heard[1] if sent.heard else sent.digest).hex()}"
