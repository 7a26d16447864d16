"""The windows of a backfill: its position after each page, and the length of the next window.

Amazon does not state the order in which a search lists its finds, and its page tokens are valid for a day. So a span is
searched in windows, each of which is read to the end or begun again.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from schemas.backfills import Backfill, BackfillState

SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=32)

FEW, MANY = 1, 20
"""Pages of a window after which the next one is twice as long, or half as long: a call costs three minutes either way,
and the pages of a window are read again after its token has expired."""


def window_begun(backfill: Backfill) -> Backfill:
    """Return the backfill with a window in progress."""
    if backfill.window_until > backfill.searched_until:
        return backfill
    until = min(backfill.searched_until + backfill.window, backfill.created_until)
    return replace(backfill, window_until=until, window_pages=0, page_token=None)


def page_read(backfill: Backfill, orders: int, published: int, next_token: str | None, now: datetime) -> Backfill:
    """Return the backfill after a page with so many orders; the last page of a window ends it."""
    read = replace(
        backfill,
        pages=backfill.pages + 1,
        window_pages=backfill.window_pages + 1,
        orders=backfill.orders + orders,
        published=backfill.published + published,
        page_token=next_token,
        attempts=0,
        reason=reason_now(backfill, ""),
    )
    return read if next_token else _window_ended(read, now)


def reason_now(backfill: Backfill, reason: str) -> str:
    """Return why a backfill does not go on, after a page of it: why it is paused, if it was meanwhile, or *reason*."""
    return backfill.reason if backfill.state is BackfillState.PAUSED else reason


def window_restarted(backfill: Backfill) -> Backfill:
    """Return the backfill with its window to be begun again, half as long: its token is not accepted any longer."""
    window = max((backfill.window_until - backfill.searched_until) / 2, SHORTEST)
    return replace(
        backfill,
        window=window,
        window_until=backfill.searched_until,
        window_pages=0,
        page_token=None,
        attempts=backfill.attempts + 1,
    )


def _window_ended(backfill: Backfill, now: datetime) -> Backfill:
    window = backfill.window
    if backfill.window_pages <= FEW:
        window = min(window * 2, LONGEST)
    elif backfill.window_pages > MANY:
        window = max(window / 2, SHORTEST)
    ended = replace(backfill, searched_until=backfill.window_until, window=window, window_pages=0)
    if ended.searched_until < ended.created_until:
        return ended
    return replace(ended, state=BackfillState.FINISHED, ended_at=now, reason="")
