"""Requests to Amazon and Commerce: those of several events at once, outside any transaction, each at its own pace.

Of the events of one order only the first asks: its outcome may answer the others, which take another round, or fail
with it. Asked together, two of them would both find no order in Commerce yet.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from functools import partial

from events.envelope import Event
from gateways.port import Gateways, Result
from handlers.decision import AskFunction, OrderContext
from pipeline.lookup import BatchState
from pipeline.tracing import Tracing
from schemas.errors import RetryableError
from schemas.gateway_requests import Answer, Request
from schemas.order import OrderKey
from schemas.store import unknown_store


@dataclass(slots=True)
class Answers:
    """Answers and transient failures by event key, and the version of each event's order when it answers.

    `events` are those that need no further answer, or none at all: repeats, and events that are refused. `mark` is the
    number of the last wake-up before the ledger was read, None if nothing was. `error` is a fault of a handler or a
    gateway: the events are to be retried one by one.
    """

    events: list[Event] = field(default_factory=list)
    answers: dict[bytes, tuple[Answer, ...]] = field(default_factory=dict)
    failures: dict[bytes, RetryableError] = field(default_factory=dict)
    versions: dict[bytes, int] = field(default_factory=dict)
    mark: int | None = None
    error: Exception | None = None


@dataclass(slots=True)
class _OpenRequest:
    """The request of the first event of an order; the other events share its outcome."""

    events: list[Event]
    context: OrderContext
    mark: int
    answers: tuple[Answer, ...] = ()
    failure: Exception | None = None
    pending: Future[Result] | None = None
    is_answered: bool = False

    def receive(self, result: Result) -> None:
        """Take the result of a request."""
        if isinstance(result, RetryableError):
            self.fail(result)
        else:
            self.answers += (result,)

    def fail(self, error: Exception) -> None:
        """End the request with an error."""
        self.failure, self.is_answered = error, True

    def collect(self) -> bool:
        """Take the result that was awaited, if it is there; return whether it is."""
        if self.pending is None or not self.pending.done():
            return False
        pending, self.pending = self.pending, None
        try:
            self.receive(pending.result())
        except Exception as error:  # noqa: BLE001 - of any kind; retried one by one, or deferred
            self.fail(error)
        return True


class ExternalRequests:
    """The requests of one consumer's events that are under way. All are safe to repeat, so a crash is harmless."""

    def __init__(
        self,
        ask: AskFunction,
        gateways: Gateways,
        notify: Callable[[], None] = lambda: None,
        tracing: Tracing | None = None,
    ) -> None:
        """Make the requests that *ask* chooses; *notify* is called, in any thread, when an awaited result is there."""
        self._tracing = tracing
        self._ask = ask
        self._gateways = gateways
        self._notify = notify
        self._unasked: list[Event] = []
        self._answered: list[_OpenRequest] = []
        self._pending: dict[int, _OpenRequest] = {}
        self._arrived: deque[_OpenRequest] = deque()  # appended to by any thread

    @property
    def has_results(self) -> bool:
        """Whether `take` may return answers."""
        return bool(self._unasked or self._answered or self._arrived)

    @property
    def awaited(self) -> int:
        """The number of results that are awaited and have not arrived."""
        return len(self._pending) - len(self._arrived)

    def start(self, state: BatchState, mark: int) -> None:
        """Make the first requests of the state's events, which were looked up after the wake-up number *mark*."""
        self._unasked += [event for event, _ in (*state.repeats, *state.reused)]
        started: dict[OrderKey | bytes, _OpenRequest] = {}
        for event in state.events:
            if event.key in state.refusals:
                self._unasked.append(event)
            elif (subject := subject_of(event)) in started:
                started[subject].events.append(event)
            else:
                started[subject] = _OpenRequest([event], state.context_of(event), mark)
        self._go_on(list(started.values()))

    def fail(self, events: Sequence[Event], error: Exception) -> None:
        """Let `take` return events that cannot be looked up together, with the error: they are retried one by one."""
        failed = _OpenRequest(list(events), OrderContext(store=unknown_store("-")), mark=0)
        failed.fail(error)
        self._answered.append(failed)

    def take(self) -> Answers:
        """Return the answers of events that need no further one; make the next requests of the others."""
        arrived = [self._arrived.popleft() for _ in range(len(self._arrived))]
        self._go_on([request for request in arrived if self._collect(request)])
        answered, self._answered = self._answered, []
        unasked, self._unasked = self._unasked, []
        return _joined(answered, unasked)

    def wait(self) -> Answers:
        """Return the answers of all events, once they are there."""
        while pending := list(self._pending.values()):
            wait([request.pending for request in pending if request.pending])
            self._go_on([request for request in pending if self._collect(request)])
        return self.take()

    def _collect(self, request: _OpenRequest) -> bool:
        """Take the result that a request awaited, if it is there; return whether it is."""
        if not request.collect():
            return False
        del self._pending[id(request)]
        return True

    def _go_on(self, chosen: Sequence[_OpenRequest]) -> None:
        """Make the next request of each, round by round and together, until each is answered or awaits a result."""
        ready = [request for request in chosen if not request.is_answered]
        while ready:
            try:
                ready = self._make(ready)
            except Exception as error:  # noqa: BLE001 - a fault of a handler or gateway; its events are retried apart
                for request in ready:
                    request.fail(error)
                break
        self._answered += [request for request in chosen if request.is_answered]

    def _start(self, asking: Sequence[tuple[_OpenRequest, Request]]) -> Sequence[Result | Future[Result]]:
        """Start requests: together or, where each has a span, one after the other."""
        if self._tracing:
            return [self._tracing.start(each.events[0], request, self._gateways) for each, request in asking]
        return self._gateways.start([request for _, request in asking]) if asking else []

    def _make(self, ready: Sequence[_OpenRequest]) -> list[_OpenRequest]:
        """Make one request each, and return those whose result is there."""
        asking = []
        for request in ready:
            first = request.events[0]
            if gateway_request := self._ask(request.context, first.payload, request.answers):
                asking.append((request, gateway_request))
            else:
                request.is_answered = True
        results = self._start(asking)
        for (request, _), result in zip(asking, results, strict=True):
            if isinstance(result, Future):
                request.pending, self._pending[id(request)] = result, request
                result.add_done_callback(partial(self._arrive, request))
            else:
                request.receive(result)
        return [request for request, _ in asking if request.pending is None and not request.is_answered]

    def _arrive(self, request: _OpenRequest, _result: Future[Result]) -> None:
        self._arrived.append(request)
        self._notify()


def subject_of(event: Event) -> OrderKey | bytes:
    """Return the subject that only one request at a time may have: the order, or the event if it has none."""
    return event.order or event.key


def _joined(answered: Sequence[_OpenRequest], unasked: Sequence[Event]) -> Answers:
    answers = Answers([*unasked], mark=min((request.mark for request in answered), default=None))
    for request in answered:
        first = request.events[0].key
        answers.events += request.events
        if isinstance(request.failure, RetryableError):
            answers.failures.update((event.key, request.failure) for event in request.events)
        elif request.failure:
            answers.error = request.failure
        else:
            answers.answers[first] = request.answers
            answers.versions[first] = request.context.order.version if request.context.order else 0
    return answers
