"""Streams of server-sent events: parts of a page that change by themselves."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from time import monotonic

from fastapi import FastAPI, Request
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from schemas.errors import CrossdockError

INTERVAL = 2.0
"""Seconds between two events."""

LASTS = 300.0
"""Seconds after which a stream ends, and the browser opens another: that asks again whether the person still may."""

CHECK_INTERVAL = 0.25

Event = Mapping[str, object]


def stream(request: Request, read: Callable[[], Event | None]) -> EventSourceResponse:
    """Send the result of *read* every INTERVAL, as JSON, until that is None; its CrossdockError as `{"error": …}`."""
    return EventSourceResponse(_events(request.app, read), ping=30)


async def _events(app: FastAPI, read: Callable[[], Event | None]) -> AsyncIterator[dict[str, str]]:
    ends_at = monotonic() + LASTS
    while monotonic() < ends_at and not app.state.stopping.is_set():
        try:
            event = await run_in_threadpool(read)
        except CrossdockError as error:
            event = {"error": str(error)}
        if event is None:
            yield {"event": "end", "data": "{}"}
            return
        yield {"event": "state", "data": json.dumps(event)}
        await _pause(app)


async def _pause(app: FastAPI) -> None:
    """Wait for the next event, or for the server's end."""
    until = monotonic() + INTERVAL
    while monotonic() < until and not app.state.stopping.is_set():
        await asyncio.sleep(CHECK_INTERVAL)
