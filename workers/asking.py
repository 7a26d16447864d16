"""Asking outside: every event's questions, round by round and together, outside any transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from events.envelope import Event
from gateways.port import Gateways
from handlers.decision import Ask
from schemas.errors import RetryableError
from schemas.requests import Answer, Request
from workers.looking import Looked


@dataclass(slots=True)
class Asked:
    """The answers by event key, the failures that pass, and the version each order had when it was asked about.

    `mark` is the mark of wake-ups from before the ledger was looked at, if anything was asked.
    """

    answers: dict[bytes, tuple[Answer, ...]] = field(default_factory=dict)
    failures: dict[bytes, RetryableError] = field(default_factory=dict)
    versions: dict[bytes, int] = field(default_factory=dict)
    mark: int | None = None


def ask_outside(ask: Ask, looked: Looked, gateways: Gateways, mark: int) -> Asked:
    """Ask until no event has a question left. Asking twice does no harm, so a crash in between does none either."""
    asked = Asked(mark=mark)
    for event in looked.events:
        order = looked.of(event).order
        asked.answers[event.key] = ()
        asked.versions[event.key] = order.version if order else 0
    open_events = list(looked.events)
    while open_events:
        questions = [(event, request) for event in open_events if (request := _question(ask, looked, event, asked))]
        _collect(asked, questions, gateways)
        open_events = [event for event, _ in questions if event.key not in asked.failures]
    return asked


def _question(ask: Ask, looked: Looked, event: Event, asked: Asked) -> Request | None:
    return ask(looked.of(event), event.payload, asked.answers[event.key])


def _collect(asked: Asked, questions: Sequence[tuple[Event, Request]], gateways: Gateways) -> None:
    results = gateways.perform([request for _, request in questions]) if questions else []
    for (event, _), result in zip(questions, results, strict=True):
        if isinstance(result, RetryableError):
            asked.failures[event.key] = result
        else:
            asked.answers[event.key] += (result,)
