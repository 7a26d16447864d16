"""The port to traces, through which the pipeline begins and ends spans; without tracing there is nothing behind it."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from events.envelope import Event
from gateways.port import Gateways, Result
from schemas.gateway_requests import Request


class Tracing(Protocol):
    """Spans of events and of requests. None of them has personal data."""

    def begin(self, consumer: str, events: Sequence[Event]) -> list[Event]:
        """Begin a span for each event; return the events with that span as the parent of their follow-ups' spans."""
        ...

    def end(self, events: Sequence[Event]) -> None:
        """End the spans of events whose outcome is committed."""
        ...

    def start(self, event: Event, request: Request, gateways: Gateways) -> Result | Future[Result]:
        """Start a request in a span of its own, which ends with its result."""
        ...
