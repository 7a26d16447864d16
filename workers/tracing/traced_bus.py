"""A bus whose publications are spans, from publishing to the broker's confirmation."""

import re
from collections.abc import Sequence

from opentelemetry.trace import Span, SpanKind, Tracer

from events.bus import Bus, Confirmation
from events.forwarding_bus import ForwardingBus
from events.topology import exchange_of
from schemas.message import Message
from workers.tracing.spans import context_of

_TRACEPARENT = re.compile(rb'"traceparent"\s*:\s*"(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})"')


class TracedBus(ForwardingBus):
    """Passes everything on to another bus; see events.bus.Bus."""

    def __init__(self, bus: Bus, tracer: Tracer) -> None:
        """Make spans by *tracer*."""
        super().__init__(bus)
        self._tracer = tracer

    def publish(self, messages: Sequence[Message]) -> Confirmation:
        """Publish messages; each that belongs to a trace has a span."""
        spans = [span for message in messages if (span := self._begin(message))]
        confirmation = self._bus.publish(messages)
        if spans:
            confirmation.add_done_callback(lambda: _end(spans))
        return confirmation

    def _begin(self, message: Message) -> Span | None:
        match = _TRACEPARENT.search(message.body)
        if match is None:
            return None
        attributes = {
            "messaging.system": "rabbitmq",
            "messaging.operation.type": "send",
            "messaging.destination.name": "" if message.to else exchange_of(message.name),
            "messaging.rabbitmq.destination.routing_key": message.to or message.name,
            "messaging.message.id": message.id,
        }
        return self._tracer.start_span(
            f"send {message.name}", context_of(match[1].decode()), SpanKind.PRODUCER, attributes
        )


def _end(spans: Sequence[Span]) -> None:
    for span in spans:
        span.end()
