"""Windows of a backfill: each read to the end or begun again, longer where there are few orders, shorter where many."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from schemas.backfills import Backfill, BackfillState
from workers.backfill_windows import LONGEST, MANY, SHORTEST, page_read, window_begun, window_restarted

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def a_backfill(days: int = 10, window: timedelta = DAY) -> Backfill:
    until = SINCE + days * DAY
    return Backfill("1", "SELLER", None, SINCE, until, SINCE, SINCE, window, until, "test", "A test.")


def read(backfill: Backfill, pages: int) -> Backfill:
    """Read a window of so many pages."""
    backfill = window_begun(backfill)
    for page in range(1, pages + 1):
        token = f"page {page + 1}" if page < pages else None
        backfill = page_read(backfill, 100, 90, token, backfill.created_until)
    return backfill


def test_pages_of_a_window_count_and_its_last_one_ends_it() -> None:
    begun = window_begun(a_backfill())
    assert begun.window_until == SINCE + DAY
    first = page_read(begun, 100, 90, "page 2", begun.created_until)
    assert (first.page_token, first.window_pages, first.searched_until) == ("page 2", 1, SINCE)
    assert window_begun(first) == first, "the window in progress stays"
    last = page_read(first, 5, 5, None, begun.created_until)
    assert (last.searched_until, last.page_token) == (SINCE + DAY, None)
    assert (last.pages, last.orders, last.published) == (2, 105, 95)


def test_a_backfill_that_is_paused_while_a_page_is_read_still_says_why() -> None:
    paused = replace(window_begun(a_backfill()), state=BackfillState.PAUSED, reason="Paused by ann.")
    after = page_read(paused, 100, 90, "page 2", SINCE)
    assert (after.state, after.reason, after.pages) == (BackfillState.PAUSED, "Paused by ann.", 1)
    ended = page_read(replace(paused, created_until=paused.window_until), 5, 5, None, SINCE)
    assert (ended.state, ended.reason) == (BackfillState.FINISHED, "")


def test_windows_become_longer_and_shorter_by_their_pages_within_bounds() -> None:
    assert read(a_backfill(), 1).window == 2 * DAY
    assert read(a_backfill(), 2).window == DAY
    assert read(a_backfill(), MANY + 1).window == DAY / 2
    assert read(a_backfill(window=SHORTEST), MANY + 1).window == SHORTEST
    assert read(a_backfill(days=100, window=LONGEST), 1).window == LONGEST


def test_the_window_that_reaches_the_end_is_the_last() -> None:
    backfill, windows = a_backfill(), 0
    while backfill.state is BackfillState.RUNNING:
        backfill, windows = read(backfill, 1), windows + 1
    assert (windows, backfill.searched_until) == (4, backfill.created_until), "1 + 2 + 4 + 3 days"
    assert backfill.ended_at == backfill.created_until


def test_a_window_whose_token_has_expired_begins_again_and_is_half_as_long() -> None:
    begun = page_read(window_begun(a_backfill()), 100, 100, "page 2", SINCE)
    again = window_begun(window_restarted(begun))
    assert (again.searched_until, again.window_until) == (SINCE, SINCE + DAY / 2)
    assert (again.page_token, again.window_pages, again.attempts) == (None, 0, 1)
