"""The timeline of an order: its history, people's actions, dead letters and failed calls, in one sequence of time."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from ledger.incarnations import Incarnation
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.orders.causes import causes_of
from operations.orders.queries import find_order
from operations.people.audit import order_subject
from operations.personal_data.looks import LOOK
from schemas.audit import AuditEntry
from schemas.communication_errors import ErrorFilter, LoggedError
from schemas.dead_letters import DeadLetter, LetterFilter
from schemas.fields import Moment
from schemas.history import HistoryEntry
from schemas.order import Order
from schemas.value import Value

LIMIT = 200
"""Dead letters, failed calls and actions that are read for one timeline, the latest of each."""


class TimelineKind(StrEnum):
    """The kinds of entries of a timeline."""

    EVENT = "event"
    ACTION = "action"
    LETTER = "letter"
    CALL = "call"
    LOOK = "look"


class TimelineEntry(Value):
    """One entry of an order's timeline, at one time. A field is None where the entry has no such fact."""

    time: Moment
    kind: TimelineKind
    name: str
    """The event's name, the action's, the dead letter's event, or the call's system and operation."""
    note: str
    """The decision, the failure or the reason, in a sentence without personal data."""
    cause: str | None = None
    """The event of this order that this one follows from; None for one that came from outside or from the schedule."""
    cause_id: str | None = None
    who: str | None = None
    """The person who acted or looked."""
    publisher: str | None = None
    source: str | None = None
    event_id: str | None = None
    """The id under which Crossdock knows the event."""
    request_id: str | None = None
    """The id under which Amazon or Commerce logged the call."""
    letter_id: str | None = None


class Timeline(Value):
    """Everything that happened about an order, oldest first."""

    store_id: str
    amazon_order_id: str
    entries: tuple[TimelineEntry, ...]


def order_timeline(context: Context, amazon_order_id: str, store_id: str | None = None) -> Timeline:
    """Return an order's timeline. Raises NotFoundError, and AmbiguousOrderError when several stores have it."""
    with context.ledger.read() as work:
        order = find_order(work, amazon_order_id, store_id)
        entries = sorted(_entries(work, order), key=lambda entry: entry.time)
    return Timeline(store_id=order.store_id, amazon_order_id=order.amazon_order_id, entries=tuple(entries))


def _entries(work: UnitOfWork, order: Order) -> Iterator[TimelineEntry]:
    store_id, amazon_order_id = order.key
    letters = work.dead_letters.latest(LetterFilter(store_id=store_id, amazon_order_id=amazon_order_id), LIMIT)
    subjects = [order_subject(order.key), *(letter.id for letter in letters)]
    acts = work.audit_log.of_subjects(subjects, LIMIT)
    yield from _events(work.history.of_order(order.key), acts, work.incarnations.all())
    yield from (_letter(letter) for letter in letters)
    yield from (_act(act) for act in acts if "event" not in act.details)
    errors = work.communication_errors.latest(ErrorFilter(store_id=store_id, amazon_order_id=amazon_order_id), LIMIT)
    yield from (_call(error) for error in errors)


def _events(
    history: Sequence[HistoryEntry], acts: Sequence[AuditEntry], incarnations: Sequence[Incarnation]
) -> Iterator[TimelineEntry]:
    """Yield the history; an operator's action has in it who acted, by the audit log."""
    actors = {act.details["event"]: act.who for act in acts if "event" in act.details}
    causes = causes_of(history, incarnations)
    for entry in history:
        cause, who = causes.get(entry.event_id), actors.get(entry.event_id)
        yield TimelineEntry(
            time=entry.at,
            kind=TimelineKind.ACTION if who else TimelineKind.EVENT,
            name=entry.event,
            note=entry.note,
            cause=cause and cause.event,
            cause_id=cause and cause.event_id,
            who=who,
            publisher=entry.publisher,
            source=entry.source,
            event_id=entry.event_id,
        )


def _letter(letter: DeadLetter) -> TimelineEntry:
    return TimelineEntry(
        time=letter.first_at,
        kind=TimelineKind.LETTER,
        name=letter.event,
        note=letter.reason,
        publisher=letter.publisher,
        source=letter.source,
        letter_id=letter.id,
    )


def _act(act: AuditEntry) -> TimelineEntry:
    is_look = act.action == LOOK
    note = f"Saw {act.details.get('seen')}." if is_look else act.why
    kind = TimelineKind.LOOK if is_look else TimelineKind.ACTION
    letter_id = None if "/" in act.subject else act.subject
    return TimelineEntry(time=act.at, kind=kind, name=act.action, note=note, who=act.who, letter_id=letter_id)


def _call(error: LoggedError) -> TimelineEntry:
    return TimelineEntry(
        time=error.at,
        kind=TimelineKind.CALL,
        name=f"{error.system} {error.operation}",
        note=error.sentence,
        request_id=error.request_id,
    )
