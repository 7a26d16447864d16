"""The progress of a replay as a part of its page, sent again for each change."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

from fastapi import Request
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from operations.context import Context
from operations.replays import lookup
from operations.replays.lookup import ReplayProgress
from schemas.errors import RetryableError
from schemas.replays import ReplayState
from web.console.pages import render
from web.console.stream import LASTS

LOOK = 0.5
"""Seconds between two looks at the progress."""


def progress_values(progress: ReplayProgress) -> dict[str, Any]:
    """Return the values that the part of the page shows."""
    sums = progress.sums
    return {"progress": progress, "sums": sums, "is_running": sums.state is ReplayState.RUNNING}


async def progress_fragments(
    request: Request, context: Context, first: ReplayProgress
) -> AsyncIterator[ServerSentEvent]:
    """Yield the part for *first* and for each change after it, and at the end an event `ended`.

    It stops after LASTS; the browser follows again then, if the person still may.
    """
    shown, latest, ends_at = None, first, monotonic() + LASTS
    while monotonic() < ends_at and not request.app.state.stopping.is_set():
        if latest != shown:
            shown = latest
            yield ServerSentEvent(render(request, "replay_progress.html", **progress_values(latest)))
        if latest.sums.state is not ReplayState.RUNNING:
            yield ServerSentEvent("ended", event="ended")
            return
        await asyncio.sleep(LOOK)
        try:
            latest = await run_in_threadpool(lookup.progress, context, first.sums.replay_id)
        except RetryableError:
            continue  # the page shows the last progress until the database is back
