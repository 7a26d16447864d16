"""Requests to Amazon and Commerce: those of a batch's events, round by round and together, outside any transaction.

Of the events of one order only the first asks: its outcome may answer the others, which take another round, or fail
with it. Asked together, two of them would both find no order in Commerce yet.
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
    """Answers and transient failures by event key, and the version of each event's order when it answers.

    `mark` is the number of the last wake-up before the ledger was read, None if nothing was answers.
    """

    answers: dict[bytes, tuple[Answer, ...]] = field(default_factory=dict)
    failures: dict[bytes, RetryableError] = field(default_factory=dict)
    versions: dict[bytes, int] = field(default_factory=dict)
    mark: int | None = None


def ask_external(ask: AskFunction, state: BatchState, gateways: Gateways, mark: int) -> Answers:
    """Perform the events' requests until none has another. All are safe to repeat, so a crash is harmless."""
    answers = Answers(mark=mark)
    accepted = [event for event in state.events if event.key not in state.refusals]
    first = {_subject(event): event for event in reversed(accepted)}
    for event in first.values():
        order = state.context_of(event).order
        answers.answers[event.key] = ()
        answers.versions[event.key] = order.version if order else 0
    open_events = list(first.values())
    while open_events:
        requests = [(event, request) for event in open_events if (request := _request(ask, state, event, answers))]
        _collect(answers, requests, gateways)
        open_events = [event for event, _ in requests if event.key not in answers.failures]
    failed = {_subject(event): answers.failures[event.key] for event in first.values() if event.key in answers.failures}
    answers.failures = {event.key: failed[subject] for event in accepted if (subject := _subject(event)) in failed}
    return answers


def _subject(event: Event) -> OrderKey | bytes:
    return event.order or event.key


def _request(ask: AskFunction, state: BatchState, event: Event, answers: Answers) -> Request | None:
    return ask(state.context_of(event), event.payload, answers.answers[event.key])


def _collect(answers: Answers, requests: Sequence[tuple[Event, Request]], gateways: Gateways) -> None:
    results = gateways.perform([request for _, request in requests]) if requests else []
    for (event, _), result in zip(requests, results, strict=True):
        if isinstance(result, RetryableError):
            answers.failures[event.key] = result
        else:
            answers.answers[event.key] += (result,)
