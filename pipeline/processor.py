"""The step: the whole way of a batch of messages at one consumer. Read this page first.

Open the messages → ask outside, where the handler asks → in one transaction: which are done already, the orders,
locked; decide each in turn; write orders, journal, inbox → hand back what follows, to be published before the ack.

A batch is begun, and finished: between the two PostgreSQL writes and commits it, and the next can be begun.

A batch is an economy, never a unit of failure: an event whose handler raises is set aside alone, and when the
transaction itself fails its events are taken one by one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, NoReturn

from events.envelope import Event
from events.registry import CONSUMERS, PAYLOADS
from gateways.port import Gateways
from handlers import HANDLERS
from ledger.errors import LedgerUnavailableError
from ledger.ledger import Ledger
from ledger.unit_of_work import UnitOfWork
from pipeline.dead_lettering import dead_letter
from pipeline.deadlines import Deadlines
from pipeline.deciding import DecidedBatch, decide_batch
from pipeline.delayed_retry import schedule_retries
from pipeline.external_requests import Answers, ask_external
from pipeline.lazy_log import LazyLogger
from pipeline.liveness import Liveness
from pipeline.lookup import look_up_batch
from pipeline.parsing import failed_letter, parse_batch
from pipeline.safe_errors import location
from pipeline.writing import newly_recorded, reconsider_early, requeue_dependents, write
from schemas.errors import CrossdockError, RetryableError
from schemas.message import Message

log = LazyLogger(__name__)

RACES = 5
"""Lost races in a batch that are run again at once; beyond that the consumer waits, and may be told to stop."""


@dataclass(slots=True)
class BatchResult:
    """What a batch came to: messages to publish before the ack, and how many events the outside made us put off.

    `lost_races` counts transactions that another process was faster than.
    """

    follow_ups: list[Message] = field(default_factory=list)
    handled: int = 0
    deferred: int = 0
    lost_races: int = 0

    def add(self, other: "BatchResult") -> None:
        """Count another outcome into this one."""
        self.follow_ups += other.follow_ups
        self.handled += other.handled
        self.deferred += other.deferred
        self.lost_races += other.lost_races


Finish = Callable[[], BatchResult]
"""Finishes a batch that was begun."""


class _Begun(NamedTuple):
    """Events that were decided together, and whose transaction is being committed."""

    work: UnitOfWork
    decided: DecidedBatch
    follow_ups: list[Message]


_Begin = Callable[[], _Begun]


def _raise(error: Exception) -> NoReturn:
    raise error


def _reason(error: Exception) -> str:
    if isinstance(error, CrossdockError):
        return str(error)
    return f"It could not be handled: {location(error)}. This is a fault in Crossdock."


class BatchProcessor:
    """One consumer's step. Raises RetryableError when the ledger is away or overrun; repeating it does no harm."""

    def __init__(
        self, consumer: str, ledger: Ledger, gateways: Gateways, patience: Deadlines, pulse: Liveness | None = None
    ) -> None:
        """Set up the step of *consumer*, a name of `events.registry.CONSUMERS`."""
        self.consumer = consumer
        self._handler = HANDLERS[PAYLOADS[CONSUMERS[consumer]]]
        self._ledger = ledger
        self._gateways = gateways
        self._patience = patience
        self._pulse = pulse or Liveness()

    @property
    def ledger(self) -> Ledger:
        """Where the step remembers."""
        return self._ledger

    @property
    def asks(self) -> bool:
        """Whether it asks outside, which may take long."""
        return self._handler.ask is not None

    def take(self, messages: Sequence[Message]) -> BatchResult:
        """Handle the messages, each once. Returns what must be published before they may be acknowledged."""
        return self.begin(messages)()

    def begin(self, messages: Sequence[Message]) -> Finish:
        """Handle the messages as far as it can be done without waiting for the commit; the result does the rest.

        Either may be repeated when it raises RetryableError.
        """
        opened = parse_batch(self.consumer, messages)
        if opened.dead_letters:
            dead_letter(self._ledger, self.consumer, opened.dead_letters)
        ahead = [self._begin_ahead(opened.events)] if opened.events else []

        def finish() -> BatchResult:
            outcome = BatchResult(handled=len(messages))
            events = opened.events
            while events:
                events = self._round(events, outcome, ahead.pop() if ahead else None)
            return outcome

        return finish

    def _begin_ahead(self, events: list[Event]) -> _Begin:
        """Begin with the events; the result gives what was begun, or raises what stood in the way."""
        try:
            begun = self._begin_together(events)
        except LedgerUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - dealt with when the batch is finished, in its turn
            return partial(_raise, error)
        return lambda: begun

    def _round(self, events: list[Event], outcome: BatchResult, begin: _Begin | None = None) -> list[Event]:
        """Take what can be taken together, and return the events that need another round."""
        self._pulse.beat(self.consumer)
        begin = begin or partial(self._begin_together, events)
        try:
            return self._finish(begin(), outcome)
        except LedgerUnavailableError:
            raise
        except Exception as error:
            # A fault of ours, too, must cost the event that met it and no other.
            reason = _reason(error)
            if len(events) > 1:
                log.info("taking a batch one by one", consumer=self.consumer, events=len(events), reason=reason)
                return [left for event in events for left in self._round([event], outcome)]
            if isinstance(error, RetryableError):
                outcome.lost_races += 1
                if outcome.lost_races > RACES:
                    raise
                return events
            log.error("event set aside", consumer=self.consumer, event_id=events[0].id, reason=reason)  # noqa: TRY400
            dead_letter(self._ledger, self.consumer, [failed_letter(self.consumer, events[0], reason)])
            return []

    def _begin_together(self, events: list[Event]) -> "_Begun":
        asked = self._ask(events)
        with self._ledger.begin_ahead() as work:
            looked = look_up_batch(work, self.consumer, self._handler, events, lock=True)
            decided = decide_batch(self._handler, looked, asked)
            reconsider_early(work, decided)
            follow_ups = write(work, self.consumer, looked, decided, self._patience)
            schedule_retries(work, self.consumer, decided.deferred)
        return _Begun(work, decided, [*looked.earlier_follow_ups, *follow_ups])

    def _finish(self, begun: "_Begun", outcome: BatchResult) -> list[Event]:
        begun.work.wait()
        if begun.work.has_dependents:
            requeue_dependents(self._ledger, newly_recorded(begun.decided))
        outcome.follow_ups += begun.follow_ups
        outcome.deferred += len(begun.decided.deferred)
        return begun.decided.again

    def _ask(self, events: list[Event]) -> Answers:
        if self._handler.ask is None:
            return Answers()
        with self._ledger.read() as work:
            mark = work.wake_ups.mark()
            looked = look_up_batch(work, self.consumer, self._handler, events, lock=False)
        return ask_external(self._handler.ask, looked, self._gateways, mark)
