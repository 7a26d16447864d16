"""Backfills: jobs that publish the orders which Amazon has of a span of time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class BackfillState(StrEnum):
    """The state of a backfill. `paused`: by a person, or because Amazon refuses its searches; it can be resumed."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Backfill:
    """A backfill as it is recorded: orders created from `created_from` until `created_until`, window by window.

    All orders created before `searched_until` are published. The window in progress ends at `window_until`;
    `page_token` is its next page, None for the first, and `window_pages` were read of it. `window` is how long the next
    one will be. `pages`, `orders` and `published` count what was read, found and published in all; orders that the
    ledger had as late as Amazon are found and not published. `reason` says why the job does not go on, `attempts` how
    often the page failed. Without `store_id` it is for all stores.
    """

    id: str
    seller_id: str
    store_id: str | None
    created_from: datetime
    created_until: datetime
    searched_until: datetime
    window_until: datetime
    window: timedelta
    started_at: datetime
    who: str
    why: str
    state: BackfillState = BackfillState.RUNNING
    reason: str = ""
    page_token: str | None = None
    window_pages: int = 0
    pages: int = 0
    orders: int = 0
    published: int = 0
    attempts: int = 0
    ended_at: datetime | None = None
