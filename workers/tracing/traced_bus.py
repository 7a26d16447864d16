"""A bus whose publications are spans, from publishing to the broker's confirmation."""

import re
from collections.abc import Sequence

from opentelemetry.trace import Span, SpanKind, Tracer

from events.bus import Bus, Confirmation, Features, Subscription
from events.topology import Topology, exchange_of
from schemas.message import Message
from workers.tracing.spans import context_of

_TRACEPARENT = re.compile(rb'"traceparent"\s*:\s*"(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})"')


class TracedBus:
    """Passes everything on to another bus; see events.bus.Bus."""

    def __init__(self, bus: Bus, tracer: Tracer) -> None:
        """Make spans by *tracer*."""
        self._bus = bus
        self._tracer = tracer

    @property
    def features(self) -> Features:
        """The features of the transport."""
        return self._bus.features

    def publish(self, messages: Sequence[Message]) -> Confirmation:
        """Publish messages; each that belongs to a trace has a span."""
        spans = [span for message in messages if (span := self._begin(message))]
        confirmation = self._bus.publish(messages)
        if spans:
            confirmation.add_done_callback(lambda: _end(spans))
        return confirmation

    def declare(self, topology: Topology) -> None:
        """Create exchanges, queues and bindings."""
        self._bus.declare(topology)

    def check(self, topology: Topology) -> list[str]:
        """Return the missing and the different objects."""
        return self._bus.check(topology)

    def subscribe(self, queue: str, prefetch: int) -> Subscription:
        """Consume a queue."""
        return self._bus.subscribe(queue, prefetch)

    def message_count(self, queue: str) -> int:
        """Return the messages ready in a queue."""
        return self._bus.message_count(queue)

    def consumer_count(self, queue: str) -> int:
        """Return how many subscriptions consume a queue."""
        return self._bus.consumer_count(queue)

    def problems(self) -> list[str]:
        """Return the hindrance of the bus, if there is one."""
        return self._bus.problems()

    def close(self) -> None:
        """Close the bus."""
        self._bus.close()

    def _begin(self, message: Message) -> Span | None:
        found = _TRACEPARENT.search(message.body)
        if found is None:
            return None
        attributes = {
            "messaging.system": "rabbitmq",
            "messaging.operation.type": "send",
            "messaging.destination.name": "" if message.to else exchange_of(message.name),
            "messaging.rabbitmq.destination.routing_key": message.to or message.name,
            "messaging.message.id": message.id,
        }
        return self._tracer.start_span(
            f"send {message.name}", context_of(found[1].decode()), SpanKind.PRODUCER, attributes
        )


def _end(spans: Sequence[Span]) -> None:
    for span in spans:
        span.end()
