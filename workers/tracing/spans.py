"""Spans of handling, publishing and requests. They carry ids and names of fixed sets, and never personal data.

Attributes are OpenTelemetry's for messaging, as far as they are stable enough to be copied here.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from events.envelope import Event
from gateways.port import Gateways, Result
from schemas.errors import RetryableError
from schemas.gateway_requests import AmazonRequest, Request
from schemas.trace_context import TRACEPARENT
from workers.metrics.counted_gateways import name_of

_W3C = TraceContextTextMapPropagator()
_KEY = "traceparent"


class EventTracing:
    """The spans of one consumer's events; see pipeline.tracing.Tracing. For the consumer's thread alone."""

    def __init__(self, tracer: Tracer) -> None:
        """Make spans by *tracer*."""
        self._tracer = tracer
        self._spans: dict[bytes, Span] = {}

    def begin(self, consumer: str, events: Sequence[Event]) -> list[Event]:
        """Begin the spans of events that are parsed."""
        return [self._begin(consumer, event) for event in events]

    def end(self, events: Sequence[Event]) -> None:
        """End the spans of events that are committed."""
        for event in events:
            if span := self._spans.pop(event.key, None):
                span.end()

    def start(self, event: Event, request: Request, gateways: Gateways) -> Result | Future[Result]:
        """Start a request; its calls carry the header `traceparent`."""
        system = "amazon" if isinstance(request, AmazonRequest) else "commerce"
        span = self._tracer.start_span(
            name_of(type(request).__name__),
            context_of(event.traceparent),
            SpanKind.CLIENT,
            {"peer.service": system},
        )
        token = TRACEPARENT.set(traceparent_of(span))
        try:
            (result,) = gateways.start([request])
        except BaseException:
            _end(span, failed=True)
            raise
        finally:
            TRACEPARENT.reset(token)
        if isinstance(result, Future):
            result.add_done_callback(lambda done: _end(span, failed=_has_failed(done)))
        else:
            _end(span, failed=isinstance(result, RetryableError))
        return result

    def _begin(self, consumer: str, event: Event) -> Event:
        attributes: dict[str, Any] = {
            "messaging.system": "rabbitmq",
            "messaging.operation.type": "process",
            "messaging.destination.name": consumer,
            "messaging.message.id": event.id,
            "crossdock.event": event.name,
        }
        if event.order:
            attributes |= {"crossdock.store_id": event.order[0], "crossdock.amazon_order_id": event.order[1]}
        span = self._tracer.start_span(
            f"process {event.name}", context_of(event.traceparent), SpanKind.CONSUMER, attributes
        )
        if before := self._spans.pop(event.key, None):
            before.end()  # of a delivery that came to nothing
        self._spans[event.key] = span
        return event._replace(traceparent=traceparent_of(span))


def context_of(traceparent: str | None) -> Context:
    """Return the context of a `traceparent`; an empty one, in which a new trace begins, where it is none."""
    return _W3C.extract({_KEY: traceparent} if traceparent else {}, Context())


def traceparent_of(span: Span) -> str:
    """Return the `traceparent` for a span's children."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier, set_span_in_context(span, Context()))
    return carrier[_KEY]


def _has_failed(done: Future[Result]) -> bool:
    return done.cancelled() or done.exception() is not None or isinstance(done.result(), RetryableError)


def _end(span: Span, *, failed: bool) -> None:
    if failed:
        span.set_status(StatusCode.ERROR)
    span.end()
