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

import structlog

from events.envelope import Event
from events.registry import CONSUMERS, PAYLOADS
from gateways.port import Gateways
from handlers import HANDLERS
from ledger.errors import LedgerUnavailableError
from ledger.ledger import Ledger
from ledger.unit_of_work import Work
from pipeline.dead_lettering import set_aside
from pipeline.deciding import Decided, decide_in_turn
from pipeline.delayed_retry import put_off
from pipeline.external_requests import Asked, ask_outside
from pipeline.liveness import Pulse
from pipeline.lookup import look
from pipeline.parsing import failed, open_batch
from pipeline.safe_errors import place
from pipeline.writing import Patience, recorded, release, take_back_early, write
from schemas.errors import CrossdockError, RetryableError
from schemas.message import Message

log = structlog.get_logger(__name__)

RACES = 5
"""Lost races in a batch that are run again at once; beyond that the consumer waits, and may be told to stop."""


@dataclass(slots=True)
class Outcome:
    """What a batch came to: messages to publish before the ack, and how many events the outside made us put off.

    `lost_races` counts transactions that another process was faster than.
    """

    follow_ups: list[Message] = field(default_factory=list)
    handled: int = 0
    put_off: int = 0
    lost_races: int = 0

    def add(self, other: "Outcome") -> None:
        """Count another outcome into this one."""
        self.follow_ups += other.follow_ups
        self.handled += other.handled
        self.put_off += other.put_off
        self.lost_races += other.lost_races


Finish = Callable[[], Outcome]
"""Finishes a batch that was begun."""


class _Begun(NamedTuple):
    """Events that were decided together, and whose transaction is being committed."""

    work: Work
    decided: Decided
    follow_ups: list[Message]


_Begin = Callable[[], _Begun]


def _raise(error: Exception) -> NoReturn:
    raise error


def _reason(error: Exception) -> str:
    if isinstance(error, CrossdockError):
        return str(error)
    return f"It could not be handled: {place(error)}. This is a fault in Crossdock."


class Step:
    """One consumer's step. Raises RetryableError when the ledger is away or overrun; repeating it does no harm."""

    def __init__(
        self, consumer: str, ledger: Ledger, gateways: Gateways, patience: Patience, pulse: Pulse | None = None
    ) -> None:
        """Set up the step of *consumer*, a name of `events.registry.CONSUMERS`."""
        self.consumer = consumer
        self._handler = HANDLERS[PAYLOADS[CONSUMERS[consumer]]]
        self._ledger = ledger
        self._gateways = gateways
        self._patience = patience
        self._pulse = pulse or Pulse()

    @property
    def ledger(self) -> Ledger:
        """Where the step remembers."""
        return self._ledger

    @property
    def asks(self) -> bool:
        """Whether it asks outside, which may take long."""
        return self._handler.ask is not None

    def take(self, messages: Sequence[Message]) -> Outcome:
        """Handle the messages, each once. Returns what must be published before they may be acknowledged."""
        return self.begin(messages)()

    def begin(self, messages: Sequence[Message]) -> Finish:
        """Handle the messages as far as it can be done without waiting for the commit; the result does the rest.

        Either may be repeated when it raises RetryableError.
        """
        opened = open_batch(self.consumer, messages)
        if opened.letters:
            set_aside(self._ledger, self.consumer, opened.letters)
        ahead = [self._begin_ahead(opened.events)] if opened.events else []

        def finish() -> Outcome:
            outcome = Outcome(handled=len(messages))
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

    def _round(self, events: list[Event], outcome: Outcome, begin: _Begin | None = None) -> list[Event]:
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
            set_aside(self._ledger, self.consumer, [failed(self.consumer, events[0], reason)])
            return []

    def _begin_together(self, events: list[Event]) -> "_Begun":
        asked = self._ask(events)
        with self._ledger.begin_ahead() as work:
            looked = look(work, self.consumer, self._handler, events, lock=True)
            decided = decide_in_turn(self._handler, looked, asked)
            take_back_early(work, decided)
            follow_ups = write(work, self.consumer, looked, decided, self._patience)
            put_off(work, self.consumer, decided.put_off)
        return _Begun(work, decided, [*looked.said_before, *follow_ups])

    def _finish(self, begun: "_Begun", outcome: Outcome) -> list[Event]:
        begun.work.wait()
        if begun.work.awaited:
            release(self._ledger, recorded(begun.decided))
        outcome.follow_ups += begun.follow_ups
        outcome.put_off += len(begun.decided.put_off)
        return begun.decided.again

    def _ask(self, events: list[Event]) -> Asked:
        if self._handler.ask is None:
            return Asked()
        with self._ledger.read() as work:
            mark = work.wake_mark()
            looked = look(work, self.consumer, self._handler, events, lock=False)
        return ask_outside(self._handler.ask, looked, self._gateways, mark)
