"""The collector: what the broker gave up, or could route nowhere, goes from its safety nets into the ledger.

AMQP can neither search nor look; in the ledger all dead letters are one list, with one way to replay them.
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
from schemas.dead_letters import DeadLetterType, NewLetter
from schemas.message import Message
from workers.process.retry import StoppedError, retry_until_stopped

log = structlog.get_logger(__name__)

BATCH = 50
"""Messages drained at once from each net; each may be a mebibyte."""

IDLE = 0.5
"""Seconds between two looks at empty nets."""

NOBODY = "unrouted"
"""Stands for the consumer of an event that no consumer of ours takes."""

_WORDS = {
    "delivery_limit": "it was delivered too often without being acknowledged: it may kill the process that handles it",
    "rejected": "it was rejected",
    "expired": "it had waited for too long",
    "maxlen": "the queue was full",
}


class Collector:
    """Drains all safety nets of a bus."""

    def __init__(self, ledger: Ledger, bus: Bus, pulse: Liveness | None = None) -> None:
        """Drain the nets of *bus* into *ledger*."""
        self._ledger = ledger
        self._pulse = pulse or Liveness()
        self._nets = {consumer: bus.subscribe(dead_letter_queue(consumer), BATCH) for consumer in CONSUMERS}
        self._unrouted = bus.subscribe(UNROUTED, BATCH)

    def run(self, stop: Event) -> None:
        """Drain until *stop* is set."""
        try:
            while not stop.is_set():
                if not retry_until_stopped(self.turn, "collector drains the safety nets", stop):
                    stop.wait(IDLE)
        except StoppedError as error:
            log.info("collector stopped; what it held is delivered again", reason=str(error))
        finally:
            self.close()

    def turn(self) -> int:
        """Drain one batch of each net. Returns how many messages there were. Raises RetryableError."""
        with self._pulse.busy("collector"):
            drained = sum(_drain(net, partial(self._set_aside, consumer)) for consumer, net in self._nets.items())
            return drained + _drain(self._unrouted, self._keep)

    def close(self) -> None:
        """Let go of the nets."""
        for net in (*self._nets.values(), self._unrouted):
            net.close()

    def _set_aside(self, consumer: str, deliveries: Sequence[Delivery]) -> None:
        dead_letter(self._ledger, consumer, [_dead_letter(consumer, delivery) for delivery in deliveries])

    def _keep(self, deliveries: Sequence[Delivery]) -> None:
        store_only(self._ledger, [_unrouted(delivery.message) for delivery in deliveries])


def _drain(net: Subscription, store: Callable[[Sequence[Delivery]], None]) -> int:
    deliveries = net.receive(BATCH, 0.0)
    if not deliveries:
        return 0
    try:
        store(deliveries)
    except Exception:
        net.requeue(deliveries)  # held, they would come to nobody for as long as this process lives
        raise
    net.ack(deliveries)
    return len(deliveries)


def _dead_letter(consumer: str, delivery: Delivery) -> NewLetter:
    reason = describe_death(consumer, delivery.dead_letter_info)
    killed = delivery.dead_letter_info is not None and delivery.dead_letter_info.reason == "delivery_limit"
    letter = letter_for(consumer, delivery.message, reason)
    return replace(letter, letter_type=DeadLetterType.CRASH if killed else DeadLetterType.FAILED, reason=reason)


def describe_death(consumer: str, death: DeadLetterInfo | None) -> str:
    """Say in a sentence how a message came into a consumer's safety net."""
    if death is None:
        return f"It lay in the safety net of the queue {consumer}; the broker did not say why."
    why = _WORDS.get(death.reason, "RabbitMQ said no more")
    times = "once" if death.count == 1 else f"{death.count} times"
    queue = death.queue or consumer
    return f"RabbitMQ gave it up {times} in the queue {queue} ({death.reason}): {why}."


def _unrouted(message: Message) -> NewLetter:
    consumer = _consumer_of(message)
    reason = f"RabbitMQ found no queue for it under the name {message.name!r}: {_why_nowhere(consumer, message.name)}."
    letter = letter_for(consumer, message, reason)
    return replace(letter, letter_type=DeadLetterType.UNROUTED, reason=reason)


def _why_nowhere(consumer: str, routing_key: str) -> str:
    """Say what is wrong with a message that reached no queue, and what helps."""
    event = CONSUMERS.get(consumer)
    if event is None:
        return "no consumer takes this event; edit its type, or discard it"
    if event != routing_key:
        return f"its type is {event}, so the routing key is wrong; replay it"
    return f"its consumer {consumer} has no binding; run `crossdock topology apply`, then replay it"


def _consumer_of(message: Message) -> str:
    """Return the consumer that takes the event in a message, by what the body says or else the name on the wire."""
    try:
        name = decode(message).name
    except InvalidEventError as error:
        name = error.name
    except UnreadableMessageError:
        name = message.name
    return next((consumer for consumer, event in CONSUMERS.items() if event == name), NOBODY)
