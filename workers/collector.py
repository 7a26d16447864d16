"""Collector: drains the broker's dead-letter queues, and its queue of unrouted messages, into the ledger.

AMQP can neither search nor browse; in the ledger all dead letters are one list, with one way to replay them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from threading import Event

import structlog

from events.bus import Bus, DeadLetterInfo, Delivery, Subscription
from events.envelope import decode
from events.errors import InvalidEventError, UnreadableMessageError
from events.registry import CONSUMERS
from events.topology import UNROUTED, dead_letter_queue
from ledger.ledger import Ledger
from pipeline.dead_lettering import dead_letter, store_only
from pipeline.liveness import Liveness
from pipeline.parsing import letter_for
from pipeline.publishers import forgery
from schemas.dead_letters import DeadLetterType, NewLetter
from schemas.message import Message
from workers.process.retry import StoppedError, retry_until_stopped

log = structlog.get_logger(__name__)

BATCH = 50
"""Messages drained at once from each queue; each may be a mebibyte."""

IDLE = 0.5
"""Seconds between two turns while all queues are empty."""

NO_CONSUMER = "unrouted"
"""Stands for the consumer of an event that no consumer of Crossdock's consumes."""

_REASONS = {
    "delivery_limit": "it was delivered too often without being acknowledged: it may kill the process that handles it",
    "rejected": "it was rejected",
    "expired": "it expired in the queue",
    "maxlen": "the queue was full",
}


class Collector:
    """Drains all dead-letter queues of a bus."""

    def __init__(self, ledger: Ledger, bus: Bus, liveness: Liveness | None = None) -> None:
        """Subscribe to the dead-letter queues of *bus*; their messages become dead letters in *ledger*."""
        self._ledger = ledger
        self._liveness = liveness or Liveness()
        self._dead_letters = {consumer: bus.subscribe(dead_letter_queue(consumer), BATCH) for consumer in CONSUMERS}
        self._unrouted = bus.subscribe(UNROUTED, BATCH)

    def run(self, stop: Event) -> None:
        """Drain until *stop* is set."""
        try:
            while not stop.is_set():
                if not retry_until_stopped(self.turn, "collector drains the dead-letter queues", stop):
                    stop.wait(IDLE)
        except StoppedError as error:
            log.info("collector stopped", reason=str(error))
        finally:
            self.close()

    def turn(self) -> int:
        """Drain one batch of each queue. Return the number of messages. Raises RetryableError."""
        with self._liveness.busy("collector"):
            drained = sum(
                _drain(subscription, partial(self._store_dead_letters, consumer))
                for consumer, subscription in self._dead_letters.items()
            )
            return drained + _drain(self._unrouted, self._store_unrouted)

    def close(self) -> None:
        """Close the subscriptions; unacked messages are requeued."""
        for subscription in (*self._dead_letters.values(), self._unrouted):
            subscription.close()

    def _store_dead_letters(self, consumer: str, deliveries: Sequence[Delivery]) -> None:
        dead_letter(self._ledger, consumer, [_dead_letter(consumer, delivery) for delivery in deliveries])

    def _store_unrouted(self, deliveries: Sequence[Delivery]) -> None:
        store_only(self._ledger, [_unrouted(delivery.message) for delivery in deliveries])


def _drain(subscription: Subscription, store: Callable[[Sequence[Delivery]], None]) -> int:
    deliveries = subscription.receive(BATCH, 0.0)
    if not deliveries:
        return 0
    try:
        store(deliveries)
    except Exception:
        subscription.requeue(deliveries)  # unacked, they would not be delivered again while this process lives
        raise
    subscription.ack(deliveries)
    return len(deliveries)


def _dead_letter(consumer: str, delivery: Delivery) -> NewLetter:
    reason = describe_death(consumer, delivery.dead_letter_info)
    crashed = delivery.dead_letter_info is not None and delivery.dead_letter_info.reason == "delivery_limit"
    letter_type = DeadLetterType.CRASH if crashed else DeadLetterType.FAILED
    return _of_type(letter_type, letter_for(consumer, delivery.message, reason), reason)


def describe_death(consumer: str, death: DeadLetterInfo | None) -> str:
    """Return a sentence about why the broker moved a message to a consumer's dead-letter queue."""
    if death is None:
        return f"The message was in the dead-letter queue of {consumer}; the broker gave no reason."
    times = "once" if death.count == 1 else f"{death.count} times"
    queue = death.queue or consumer
    reason = _REASONS.get(death.reason, "RabbitMQ gave no details")
    return f"RabbitMQ dead-lettered the message {times} in the queue {queue} ({death.reason}): {reason}."


def _unrouted(message: Message) -> NewLetter:
    consumer, forged = _consumer_of(message)
    cause = f"{forged}; discard it" if forged else _unrouted_cause(consumer, message.name)
    reason = f"RabbitMQ found no queue for the routing key {message.name!r}: {cause}."
    return _of_type(DeadLetterType.UNROUTED, letter_for(consumer, message, reason), reason)


def _of_type(letter_type: DeadLetterType, letter: NewLetter, reason: str) -> NewLetter:
    """Return the letter with the broker's reason; of a large body the size and hash are kept in it, too."""
    whole = f"{reason} {letter.reason}" if letter.message.is_partial else reason
    return replace(letter, letter_type=letter_type, reason=whole)


def _unrouted_cause(consumer: str, routing_key: str) -> str:
    """Return the reason why a message reached no queue, and the remedy."""
    event = CONSUMERS.get(consumer)
    if event is None:
        return "no consumer consumes this event; edit its type, or discard it"
    if event != routing_key:
        return f"its type is {event}, so the routing key is wrong; replay it"
    return f"its consumer {consumer} has no binding; run `crossdock topology apply`, then replay it"


def _consumer_of(message: Message) -> tuple[str, str | None]:
    """Return the consumer of the event in a message, by the type in its body or else by its routing key.

    With it comes who forged the event, as the first part of a sentence, if somebody did.
    """
    forged = None
    try:
        decoded = decode(message)
        name, forged = decoded.name, forgery(decoded)
    except InvalidEventError as error:
        name = error.name
    except UnreadableMessageError:
        name = message.name
    return next((consumer for consumer, event in CONSUMERS.items() if event == name), NO_CONSUMER), forged
