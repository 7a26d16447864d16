"""Asking outside: the questions of a batch's events, round by round and together, outside any transaction.

Of the events of one order only the first is asked about: what comes of it may be the answer to the others, which are
taken in another round, or fail with it. Asked together, two requests would both find no order in Commerce yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from events.envelope import Event
from gateways.port import Gateways
from handlers.decision import AskFunction
from pipeline.lookup import BatchState
from schemas.errors import RetryableError
from schemas.gateway_requests import Answer, Request
from schemas.order import OrderKey


@dataclass(slots=True)
class Answers:
    """The answers by event key, the failures that pass, and the version each order had when it was asked about.

    `mark` is the mark of wake-ups from before the ledger was looked at, if anything was asked.
    """

    answers: dict[bytes, tuple[Answer, ...]] = field(default_factory=dict)
    failures: dict[bytes, RetryableError] = field(default_factory=dict)
    versions: dict[bytes, int] = field(default_factory=dict)
    mark: int | None = None


def ask_external(ask: AskFunction, looked: BatchState, gateways: Gateways, mark: int) -> Answers:
    """Ask until none of them has a question left. Asking twice does no harm, so a crash in between does none either."""
    asked = Answers(mark=mark)
    first = {_subject(event): event for event in reversed(looked.events)}
    for event in first.values():
        order = looked.context_of(event).order
        asked.answers[event.key] = ()
        asked.versions[event.key] = order.version if order else 0
    open_events = list(first.values())
    while open_events:
        questions = [(event, request) for event in open_events if (request := _question(ask, looked, event, asked))]
        _collect(asked, questions, gateways)
        open_events = [event for event, _ in questions if event.key not in asked.failures]
    failed = {_subject(event): asked.failures[event.key] for event in first.values() if event.key in asked.failures}
    asked.failures = {event.key: failed[subject] for event in looked.events if (subject := _subject(event)) in failed}
    return asked


def _subject(event: Event) -> OrderKey | bytes:
    return event.order or event.key


def _question(ask: AskFunction, looked: BatchState, event: Event, asked: Answers) -> Request | None:
    return ask(looked.context_of(event), event.payload, asked.answers[event.key])


def _collect(asked: Answers, questions: Sequence[tuple[Event, Request]], gateways: Gateways) -> None:
    results = gateways.perform([request for _, request in questions]) if questions else []
    for (event, _), result in zip(questions, results, strict=True):
        if isinstance(result, RetryableError):
            asked.failures[event.key] = result
        else:
            asked.answers[event.key] += (result,)
