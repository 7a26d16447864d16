"""Poison messages: a suspect is handled alone, and one that has killed its processes is not handled again."""

from hashlib import blake2b
from threading import Event

import pytest

from events.bus import Delivery
from ledger.errors import LedgerUnavailableError
from ledger.ledger import Ledger
from operations.context import deadlines
from pipeline.processor import BatchProcessor
from schemas.dead_letters import DeadLetterType, LetterState
from schemas.message import Message
from tests.builders import placed
from tests.doubles import AwayLedger, watched
from tests.harness import Pipeline, event_of, message_of
from tests.letters import order_id, the_letter
from workers.consumer import Consumer
from workers.poison_messages import DEATHS, SUSPECT, PoisonMessageGuard
from workers.process.parts import Parts

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def an_order(number: int) -> Message:
    return message_of(event_of(placed(amazon_order_id=order_id(number))), "order.placed")


def delivered(message: Message, count: int) -> Delivery:
    return Delivery(message, 1, 1, count, redelivered=count > 0)


def attempts(ledger: Ledger, message: Message) -> bool:
    """Whether there is a note of an attempt; leave none."""
    key = blake2b(message.body, digest_size=16).digest()
    with ledger.begin() as work:
        found = work.attempts.begin("order-placed", key, "somebody")
        work.attempts.end("order-placed", key)
    return bool(found)


class Batches(BatchProcessor):
    """A processor that notes the size of each batch."""

    def __init__(self, parts: Parts) -> None:
        super().__init__("order-placed", parts.ledger, parts.gateways, deadlines(parts.settings))
        self.taken: list[int] = []

    def begin(self, messages):  # type: ignore[no-untyped-def]
        self.taken.append(len(messages))
        return super().begin(messages)


def test_suspects_are_handled_alone_and_the_others_together(parts: Parts) -> None:
    processor = Batches(parts)
    counts = [0, SUSPECT, SUSPECT - 1, SUSPECT + 1, 1]
    deliveries = [delivered(an_order(number), count) for number, count in enumerate(counts)]
    result = PoisonMessageGuard(processor).begin(deliveries).finish()
    assert processor.taken == [3, 1, 1]
    assert (result.handled, len(result.follow_ups)) == (5, 5)


def test_a_suspect_that_kills_no_process_leaves_no_note(parts: Parts, ledger: Ledger) -> None:
    message = an_order(0)
    PoisonMessageGuard(parts.processor("order-placed")).begin([delivered(message, SUSPECT)]).finish()
    assert not attempts(ledger, message)


def test_a_message_that_killed_its_processes_is_dead_lettered_and_not_handled_again(
    pipeline: Pipeline, parts: Parts, ledger: Ledger
) -> None:
    message = an_order(0)
    for count in range(DEATHS):
        processor = Batches(parts)
        processor.begin = _die  # type: ignore[method-assign]
        with pytest.raises(KilledError):
            PoisonMessageGuard(processor).begin([delivered(message, SUSPECT + count)]).finish()
    after = Batches(parts)
    PoisonMessageGuard(after).begin([delivered(message, SUSPECT + 1), delivered(an_order(1), SUSPECT)]).finish()
    letter = the_letter(pipeline)
    assert (letter.letter_type, letter.state, letter.amazon_order_id) == (
        DeadLetterType.CRASH,
        LetterState.OPEN,
        order_id(0),
    )
    assert "died" in letter.reason
    assert after.taken == [1]
    assert not attempts(ledger, message)


class KilledError(BaseException):
    """Stands for SIGKILL: nothing of the process runs after it."""


def _die(messages: object) -> None:
    raise KilledError


def test_one_unfinished_attempt_is_no_proof(parts: Parts, pipeline: Pipeline) -> None:
    message = an_order(0)
    stopped = Batches(parts)
    stopped.begin = _die  # type: ignore[method-assign]
    with pytest.raises(KilledError):
        PoisonMessageGuard(stopped).begin([delivered(message, SUSPECT)]).finish()
    PoisonMessageGuard(Batches(parts)).begin([delivered(message, SUSPECT + 1)]).finish()
    assert pipeline.letters() == []
    assert pipeline.order(order_id(0))


def test_a_retry_after_an_outage_is_no_death(parts: Parts, pipeline: Pipeline) -> None:
    message = an_order(0)
    processor = Batches(parts)
    suspects = PoisonMessageGuard(processor)
    real, processor._ledger = processor._ledger, AwayLedger(parts.ledger, DEATHS + 1)  # type: ignore[assignment]
    for _ in range(DEATHS + 1):
        with pytest.raises(LedgerUnavailableError):
            suspects.begin([delivered(message, SUSPECT)]).finish()
    processor._ledger = real
    suspects.begin([delivered(message, SUSPECT)]).finish()
    assert pipeline.letters() == []
    assert pipeline.order(order_id(0))


def test_a_consumer_suspects_a_message_that_is_redelivered_again_and_again(parts: Parts) -> None:
    processor = Batches(parts)
    bus, _ = watched(parts.bus)
    consumer = Consumer(processor, bus, 100, 300)
    parts.bus.publish([an_order(0)]).wait(1.0)
    taking = parts.bus.subscribe("order-placed", 10)
    for _ in range(SUSPECT):
        taking.requeue(taking.receive(1, 1.0))
    taking.close()
    parts.bus.publish([an_order(1), an_order(2)]).wait(1.0)
    while consumer.turn(Event()):
        pass
    assert sorted(processor.taken) == [1, 2]
    consumer.close()
