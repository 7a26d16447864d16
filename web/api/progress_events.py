"""The progress of a replay as server-sent events: one for each change, until the replay is not running."""

import asyncio
from collections.abc import AsyncIterator
from threading import Event
from time import monotonic

from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from operations.context import Context
from operations.replays import lookup
from operations.replays.lookup import ReplayProgress
from schemas.errors import RetryableError
from schemas.replays import ReplayState

LOOK = 0.5
"""Seconds between two looks at the progress."""

LASTS = 300.0
"""Seconds after which a stream ends; who opens another is asked again for a valid token."""


async def progress_events(context: Context, first: ReplayProgress, stopping: Event) -> AsyncIterator[ServerSentEvent]:
    """Yield *first* and each change after it, until LASTS is over or the server stops; an absent database, too."""
    shown, latest = None, first
    ends_at = monotonic() + LASTS
    while monotonic() < ends_at and not stopping.is_set():
        if latest != shown:
            shown = latest
            yield ServerSentEvent(latest.model_dump_json(), event="progress")
        if latest.sums.state is not ReplayState.RUNNING:
            return
        await asyncio.sleep(LOOK)
        try:
            latest = await run_in_threadpool(lookup.progress, context, first.sums.replay_id)
        except RetryableError as error:
            yield ServerSentEvent(str(error), event="unavailable")
