"""The trace that a call to an external system belongs to, as W3C's header `traceparent` carries it."""

from contextvars import ContextVar

TRACEPARENT: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""Set while a request of a traced event is started; None without tracing."""
