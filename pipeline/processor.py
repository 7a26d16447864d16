"""One consumer's batches, from messages to committed follow-ups. Start reading here.

A batch is parsed (`ParsedBatch`) → decided (`DecidedBatch`) → written (`WrittenBatch`) → committed (`BatchResult`); the
consumer then has it published and acknowledged. `begin` goes as far as written; while PostgreSQL commits the batch, the
next can be begun. `finish` waits for the commit.

Batches only save round trips, and never fail as a whole: an event whose handler raises is dead-lettered alone, and when
the transaction itself fails, its events are retried one by one.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from events.envelope import Event
from events.registry import CONSUMERS, INBOUND, PAYLOADS
from gateways.port import Gateways
from handlers.table import HANDLERS
from ledger.errors import LedgerUnavailableError, StatementRefusedError
from ledger.ledger import Ledger
from ledger.unit_of_work import UnitOfWork
from pipeline.dead_lettering import dead_letter
from pipeline.deadlines import Deadlines
from pipeline.deciding import DecidedBatch, decide_batch
from pipeline.external_requests import Answers, ExternalRequests
from pipeline.lazy_log import LazyLogger
from pipeline.liveness import Liveness
from pipeline.lookup import BatchState, look_up_batch
from pipeline.outcomes import Outcome, Outcomes, count_outcomes
from pipeline.parsing import failed_letter, parse_batch
from pipeline.publishers import NOBODY, PublisherList
from pipeline.tracing import Tracing
from pipeline.writing import newly_recorded, reconsider_early, requeue_dependents, write
from schemas.errors import CrossdockError, RetryableError
from schemas.message import Message
from schemas.safe_errors import location

log = LazyLogger(__name__)

RACES = 5
"""Lost races of a batch that are retried at once; after that the consumer waits, and can be stopped."""


@dataclass(slots=True)
class BatchResult:
    """The result of a committed batch: follow-ups to publish before the ack, and counts of its messages.

    `deferred` counts events that wait for an external system, `outages` those of them whose system is unavailable,
    `lost_races` transactions that lost to another process, `outcomes` the handled events. `again` are events whose
    answers are outdated; they are not handled yet.
    """

    follow_ups: list[Message] = field(default_factory=list)
    handled: int = 0
    deferred: int = 0
    outages: int = 0
    lost_races: int = 0
    again: list[Event] = field(default_factory=list)
    outcomes: Outcomes = field(default_factory=Counter)

    def add(self, other: "BatchResult") -> None:
        """Add another result to this one."""
        self.follow_ups += other.follow_ups
        self.handled += other.handled
        self.deferred += other.deferred
        self.outages += other.outages
        self.lost_races += other.lost_races
        self.outcomes.update(other.outcomes)


@dataclass(frozen=True, slots=True)
class WrittenBatch:
    """Events that were decided and written together; their transaction is being committed."""

    work: UnitOfWork
    decided: DecidedBatch
    follow_ups: list[Message]
    outcomes: Outcomes


class BatchProcessor:
    """Handles one consumer's batches. Raises RetryableError without the ledger; a repetition is harmless."""

    def __init__(
        self,
        consumer: str,
        ledger: Ledger,
        gateways: Gateways,
        deadlines: Deadlines,
        liveness: Liveness | None = None,
        *,
        stores_by_events: bool = False,
        tracing: Tracing | None = None,
    ) -> None:
        """Handle the event of *consumer*, a name of `events.registry.CONSUMERS`.

        Events of a store that does not exist are deferred until it is added; with *stores_by_events* they add it.
        """
        self.consumer = consumer
        self._stores_by_events = stores_by_events
        self.liveness = liveness or Liveness()
        self._handler = HANDLERS[PAYLOADS[CONSUMERS[consumer]]]
        self._ledger = ledger
        self._gateways = gateways
        self._deadlines = deadlines
        self._tracing = tracing
        self._unread: Outcomes = Counter()
        self._publishers = PublisherList() if CONSUMERS[consumer] in INBOUND else None

    @property
    def ledger(self) -> Ledger:
        """The ledger of the consumer."""
        return self._ledger

    @property
    def asks(self) -> bool:
        """Whether it asks external systems, which may take long."""
        return self._handler.ask is not None

    def take(self, messages: Sequence[Message]) -> BatchResult:
        """Handle the messages, each once. Returns the follow-ups to publish before the messages are acknowledged."""
        return self.begin(messages).finish()

    def begin(self, messages: Sequence[Message]) -> "PendingBatch":
        """Parse, decide and write the messages without waiting for the commit. Raises LedgerUnavailableError."""
        return PendingBatch(self, len(messages), self.parse(messages))

    def begin_answered(self, size: int, answers: Answers) -> "PendingBatch":
        """Decide and write the events of *size* messages that were asked about. Raises LedgerUnavailableError."""
        return PendingBatch(self, size, answers.events, answers)

    def parse(self, messages: Sequence[Message]) -> list[Event]:
        """Return the events of the messages; invalid messages become dead letters. Raises LedgerUnavailableError."""
        parsed = parse_batch(self.consumer, messages)
        if parsed.dead_letters:
            dead_letter(self._ledger, self.consumer, parsed.dead_letters)
            self._unread[Outcome.DEAD_LETTERED] += len(parsed.dead_letters)
        if repeats := len(messages) - len(parsed.events) - len(parsed.dead_letters):
            self._unread[Outcome.REPEATED] += repeats
        return self._tracing.begin(self.consumer, parsed.events) if self._tracing else parsed.events

    def end(self, events: Sequence[Event], again: Sequence[Event]) -> Outcomes:
        """End the handling of events, but for those *again*; return the outcomes of messages that were parsed only."""
        if self._tracing:
            left = {event.key for event in again}
            self._tracing.end([event for event in events if event.key not in left])
        unread, self._unread = self._unread, Counter()
        return unread

    def open_requests(self, notify: Callable[[], None] = lambda: None) -> ExternalRequests:
        """Return the requests to external systems of the consumer's events, of which there are none yet."""
        if self._handler.ask is None:
            raise TypeError(f"{self.consumer} asks nobody")
        return ExternalRequests(self._handler.ask, self._gateways, notify, self._tracing)

    def start(self, events: list[Event], requests: ExternalRequests) -> None:
        """Look the events up and make their first requests. Raises LedgerUnavailableError."""
        try:
            with self._ledger.read() as work:
                mark = work.wake_ups.mark()
                state = self._look_up(work, events, lock=False)
        except RetryableError:
            raise
        except Exception as error:  # noqa: BLE001 - one order that cannot be read must not stop the others
            requests.fail(events, error)
        else:
            requests.start(state, mark)

    def write(self, events: list[Event], answers: Answers | None = None) -> WrittenBatch:
        """Look up, decide and write the events in one transaction; ask external systems first, without *answers*."""
        answers = answers or self._ask(events)
        if answers.error:
            raise answers.error
        with self._ledger.begin_ahead() as work:
            state = self._look_up(work, events, lock=True)
            decided = reconsider_early(work, decide_batch(self._handler, state, answers))
            follow_ups = write(work, self.consumer, state, decided, self._deadlines)
        return WrittenBatch(work, decided, [*state.earlier_follow_ups, *follow_ups], count_outcomes(state, decided))

    def handle(
        self, events: list[Event], result: BatchResult, begun: WrittenBatch | Exception | None = None
    ) -> list[Event]:
        """Have the events committed, and return those that need another round. *begun* is the outcome of `write`."""
        self.liveness.beat(self.consumer)
        try:
            if isinstance(begun, Exception):
                raise begun
            return self._finish(begun or self.write(events), result)
        except StatementRefusedError as error:
            if len(events) == 1:
                raise
            return self._recover(events, result, error)
        except LedgerUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours, too, must cost the event that meets it alone
            return self._recover(events, result, error)

    def _ask(self, events: list[Event]) -> Answers:
        if self._handler.ask is None:
            return Answers()
        requests = self.open_requests()
        self.start(events, requests)
        return requests.wait()

    def _look_up(self, work: UnitOfWork, events: list[Event], *, lock: bool) -> BatchState:
        bound = self._publishers.current(work) if self._publishers and lock else NOBODY
        state = look_up_batch(work, self.consumer, self._handler, events, bound, lock=lock)
        return replace(state, unknown_stores=frozenset()) if self._stores_by_events else state

    def _finish(self, written: WrittenBatch, result: BatchResult) -> list[Event]:
        """Wait for the commit, and add the batch to the result."""
        written.work.wait()
        if written.work.has_dependents:
            requeue_dependents(self._ledger, newly_recorded(written.decided))
        result.follow_ups += written.follow_ups
        result.deferred += len(written.decided.deferred)
        result.outages += sum(failure.is_outage for _, failure in written.decided.deferred)
        result.outcomes.update(written.outcomes)
        return written.decided.again

    def _recover(self, events: list[Event], result: BatchResult, error: Exception) -> list[Event]:
        """Retry the events one by one; retry a single one after a lost race, else dead-letter it."""
        reason = _reason(error)
        if len(events) > 1:
            log.info(
                "batch failed, retrying events one by one", consumer=self.consumer, events=len(events), reason=reason
            )
            return self._one_by_one(events, result)
        if isinstance(error, RetryableError):
            result.lost_races += 1
            if result.lost_races > RACES:
                raise error
            return events
        log.error("event dead-lettered", consumer=self.consumer, event_id=events[0].id, reason=reason)
        dead_letter(self._ledger, self.consumer, [failed_letter(self.consumer, events[0], reason)])
        result.outcomes[Outcome.DEAD_LETTERED] += 1
        return []

    def _one_by_one(self, events: list[Event], result: BatchResult) -> list[Event]:
        """Handle each event by itself; one whose statement is refused waits until the others are handled."""
        left: list[Event] = []
        refused: list[StatementRefusedError] = []
        for event in events:
            try:
                left += self.handle([event], result)
            except StatementRefusedError as error:
                refused.append(error)
        if refused:
            raise refused[0]
        return left


class PendingBatch:
    """A batch that was begun. `finish` may be repeated when it raises RetryableError."""

    def __init__(
        self, processor: BatchProcessor, size: int, events: list[Event], answers: Answers | None = None
    ) -> None:
        """Write the events of *size* messages. Raises LedgerUnavailableError; `finish` meets other errors.

        With *answers*, events whose answers are outdated are left to be asked about again; else that is done here.
        """
        self._processor = processor
        self._size = size
        self._events = events
        self._answers = answers
        self._begun = self._write() if events else None

    def finish(self) -> BatchResult:
        """Wait for the commit, and return the result; events that were not committed are handled first."""
        events = self._events
        result = BatchResult(handled=self._size)
        begun, self._begun = (self._begun or self._write()) if events else None, None
        while events:
            races = result.lost_races
            events = self._processor.handle(events, result, begun)
            begun = None
            if self._answers and result.lost_races == races:
                result.again, events = events, []
        result.handled -= len(result.again)
        result.outcomes.update(self._processor.end(self._events, result.again))
        return result

    def _write(self) -> WrittenBatch | Exception:
        try:
            return self._processor.write(self._events, self._answers)
        except StatementRefusedError as error:
            return error
        except LedgerUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - recovered from when the batch is finished, in its turn
            return error


def _reason(error: Exception) -> str:
    if isinstance(error, CrossdockError):
        return str(error)
    return f"It could not be handled: {location(error)}. This is a fault in Crossdock."
