"""The checker: pure functions over a history, one for each invariant, which return violations.

I1 no confirmed event is lost · I2 nothing is done twice · I3 follow-ups are handled · I4 nothing unexpected is handled
· I5 orders end as without faults · I6 no backlog remains · I7 replays finish, killed or not · I8 work resumes after
each fault. I0: the trial injected the faults that it claims.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from faults.history import History, Sent
from schemas.order import OrderKey
from schemas.status import AmazonStatus

DONE, FAILED, DEFERRED, SUPERSEDED = "done", "failed", "deferred", "superseded"


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold, and where."""

    invariant: str
    text: str

    def __str__(self) -> str:
        """Format it as one line."""
        return f"{self.invariant}: {self.text}"


def check(history: History) -> list[Violation]:
    """Return all violations of a history; the product promises none."""
    checks = (
        trial_happened,
        nothing_lost,
        nothing_doubled,
        follow_ups_handled,
        nothing_unexpected,
        ends_as_modelled,
        backlog_empty,
        replays_ended,
        recovered,
    )
    return [violation for invariant in checks for violation in invariant(history)]


def trial_happened(history: History) -> Iterator[Violation]:
    """I0: there were events and faults, each fault had an effect, and no process exited unexpectedly."""
    if not sum(history.faults.values()):
        yield Violation("I0", "no fault happened: the trial proves nothing")
    for kind, count in history.faults.items():
        if not count:
            yield Violation("I0", f"the fault {kind} had no effect")
    if not any(sent.confirmed for sent in history.sent):
        yield Violation("I0", "nothing was published: the trial proves nothing")
    for complaint in history.complaints:
        yield Violation("I0", complaint)


def nothing_lost(history: History) -> Iterator[Violation]:
    """I1: each confirmed event is done, dead-lettered, deferred, or in a dead-letter queue."""
    for sent in lost(history):
        yield Violation("I1", f"{_name(sent)} was confirmed and is nowhere")


def lost(history: History) -> list[Sent]:
    """Return the confirmed publications that are nowhere, excused or not."""
    return [sent for sent in history.sent if sent.confirmed and not is_accounted(history, sent)]


def is_excused(history: History, sent: Sent) -> bool:
    """Whether the broker was made to lose messages after its last confirm of this one."""
    return any(max(sent.confirmed) <= loss for loss in history.losses)


def is_accounted(history: History, sent: Sent) -> bool:
    """Whether a publication is accounted for."""
    row = history.rows.get(sent.delivery) if sent.delivery else None
    if row is None:
        return sent.digest in history.letters or sent.digest in history.nets
    match row.state:
        case "failed":
            return sent.delivery in history.letter_keys or not sent.letters.isdisjoint(history.letter_identities)
        case "deferred":
            return sent.delivery in history.deferred or sent.digest in history.letters or sent.digest in history.nets
    return True


def must_republish(history: History, sent: Sent) -> bool:
    """Whether an event was lost or dead-lettered by the broker, or failed for a gateway's answer.

    Poison that is dead-lettered is not republished.
    """
    if sent.delivery is None or sent.poison:
        return not is_accounted(history, sent) and is_excused(history, sent)
    row = history.rows.get(sent.delivery)
    if row is None:
        return is_accounted(history, sent) or is_excused(history, sent)
    return row.state == "failed"


def nothing_doubled(history: History) -> Iterator[Violation]:
    """I2: no event is applied twice, and the books of Amazon and Commerce show no duplicate effect."""
    for (order, event), count in history.applied.items():
        if count > 1:
            yield Violation("I2", f"event {event} was applied {count} times to order {order[1]}")
    books = history.books
    if books.numbers != books.numbered:
        yield Violation("I2", f"Commerce assigned {books.numbers} order numbers for {books.numbered} orders")
    if books.surplus_pieces:
        yield Violation("I2", f"Amazon got confirmations of {books.surplus_pieces} pieces more than were ordered")
    for sku, pieces in books.drift.items():
        yield Violation("I2", f"Commerce reserves {pieces} pieces of {sku} for no order")


def follow_ups_handled(history: History) -> Iterator[Violation]:
    """I3: each follow-up of a committed change was handled by its consumer, unless the broker was made to lose it."""
    for delivery, at in history.follow_ups.items():
        if delivery not in history.rows and delivery not in history.letter_keys and not _may_be_lost(history, at):
            yield Violation(
                "I3", f"{delivery[1].hex()} was published to {delivery[0]} at {at:%H:%M:%S} and never handled"
            )


def _may_be_lost(history: History, at: datetime) -> bool:
    return any(at <= loss for loss in history.losses)


def nothing_unexpected(history: History) -> Iterator[Violation]:
    """I4: each handled message was published, by upstream or as a follow-up, and each order is one of the script's."""
    published = {sent.delivery for sent in history.sent if sent.attempted}
    for delivery in history.rows:
        if delivery not in published and delivery not in history.follow_ups and delivery not in history.forgotten:
            yield Violation("I4", f"{delivery[0]} handled {delivery[1].hex()}, which nobody published")
    for key in sorted({*history.orders, *history.books.unknown} - set(history.expected)):
        yield Violation("I4", f"order {key[1]} exists and nobody placed it")


def ends_as_modelled(history: History) -> Iterator[Violation]:
    """I5: each order ends as in the model."""
    for key, expected in history.expected.items():
        actual = history.orders.get(key)
        if actual is None:
            yield Violation("I5", f"order {key[1]} is not recorded")
        elif actual != expected and key not in left_to_reconciliation(history):
            differences = {name: (actual[name], expected[name]) for name in expected if actual[name] != expected[name]}
            text = "; ".join(f"{name} is {is_}, not {must}" for name, (is_, must) in sorted(differences.items()))
            yield Violation("I5", f"order {key[1]} of {key[0]}: {text}")


def left_to_reconciliation(history: History) -> frozenset[OrderKey]:
    """Return the orders that a restored ledger took for canceled before their import, and that Commerce has.

    Their import was forgotten, and nothing asks for it again: `crossdock reconcile` names them.
    """
    if not history.forgotten:
        return frozenset()
    canceled = {key for key, order in history.orders.items() if order["amazon_status"] == AmazonStatus.CANCELED}
    return frozenset(key for key in canceled & history.books.shop if history.orders[key]["commerce_order"] is None)


def backlog_empty(history: History) -> Iterator[Violation]:
    """I6: no message is unsent, unhandled or unacknowledged, and every queue has a consumer."""
    backlog = history.backlog
    left = {"messages are in the outbox": backlog.unsent, "outbox messages are claimed": backlog.claimed}
    left["deliveries are not acknowledged"] = backlog.unacknowledged
    left |= {f"messages are in {queue}": depth for queue, depth in backlog.queued.items()}
    for what, count in left.items():
        if count:
            yield Violation("I6", f"{count} {what}")
    for queue in backlog.unconsumed:
        yield Violation("I6", f"nobody consumes {queue}")


def replays_ended(history: History) -> Iterator[Violation]:
    """I7: each replay is finished with an outcome for each letter that it selected; no letter still belongs to one."""
    for replay in history.replays:
        if replay.state != "finished":
            yield Violation("I7", f"replay {replay.replay_id} is {replay.state}")
        if sum(replay.outcomes.values()) != replay.selected:
            yield Violation(
                "I7",
                f"replay {replay.replay_id} selected {replay.selected} letters, outcomes: {dict(replay.outcomes)}",
            )
    if history.letters_replaying:
        yield Violation("I7", f"{history.letters_replaying} letters still belong to a replay")


def recovered(history: History) -> Iterator[Violation]:
    """I8: each affected loop worked again after each fault."""
    for recovery in history.recoveries:
        if recovery.seconds is None:
            yield Violation("I8", f"{recovery.last or 'nobody'} did not work again after {recovery.kind}")


def _name(sent: Sent) -> str:
    return f"{sent.routing_key} {(sent.delivery[1] if sent.delivery else sent.digest).hex()}"
