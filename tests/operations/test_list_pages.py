"""Pages of lists: each begins where the one before ended, and a token of another list is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from operations.errors import WrongFilterError
from operations.list_pages import ListKey, list_page

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
ROWS = [(NOON - timedelta(microseconds=number), f"id ü {number}") for number in range(5)]
KEY: ListKey[tuple[datetime, str]] = ListKey((datetime, str), lambda row: row)


def read(after: tuple[datetime, str] | None, limit: int) -> list[tuple[datetime, str]]:
    return [row for row in ROWS if after is None or row < after][:limit]


def test_every_row_is_on_one_page_and_the_last_page_names_no_other() -> None:
    page = list_page(KEY, read, 2)
    found = [page.rows]
    while page.next:
        page = list_page(KEY, read, 2, page.next)
        found.append(page.rows)
    assert found == [tuple(ROWS[:2]), tuple(ROWS[2:4]), tuple(ROWS[4:])]
    assert page.shown_as(lambda row: row[1]).rows == ("id ü 4",)


@pytest.mark.parametrize(
    "token",
    [
        "nonsense",
        "",
        "W10",
        "WzFd",
        "WzFdX",
        "W10" * 9999,
        "[" * 99999,
        "WyIyMDI2LTExLTAyIiwgIlx1ZDgwMCJd",
        "Wzk5LCAiXHUwMDAwIl0",
    ],
)
def test_a_token_that_is_not_of_the_list_is_refused(token: str) -> None:
    if not token:
        assert list_page(KEY, read, 9, token).rows == tuple(ROWS)
        return
    with pytest.raises(WrongFilterError, match="start from the first page"):
        list_page(KEY, read, 2, token)


def test_a_number_beyond_the_databases_is_refused() -> None:
    key: ListKey[int] = ListKey((int,), lambda row: (row,))
    rows = [2**63 - 1, 2**63, 2**64]
    last = list_page(key, lambda _after, limit: rows[:limit], 1).next
    assert list_page(key, lambda after, _limit: [after[0]], 1, last).rows == (2**63 - 1,)
    beyond = list_page(key, lambda _after, limit: rows[1:][:limit], 1).next
    with pytest.raises(WrongFilterError):
        list_page(key, lambda _after, _limit: rows, 1, beyond)
