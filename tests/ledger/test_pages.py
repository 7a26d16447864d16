"""Keyset paging: every row once, and an end."""

from ledger.pages import pages

NUMBERS = list(range(1, 8))


def numbers_after(number: int | None, limit: int) -> list[int]:
    """Return a page of the numbers."""
    return [each for each in NUMBERS if number is None or each > number][:limit]


def paged(limit: int) -> list[list[int]]:
    """Return all pages of the numbers."""
    return [list(page.read(numbers_after(page.after, limit), int)) for page in pages(limit)]


def test_pages_have_every_row_once_in_order() -> None:
    assert paged(3) == [[1, 2, 3], [4, 5, 6], [7]]


def test_a_last_page_that_is_full_is_followed_by_an_empty_one() -> None:
    assert paged(7) == [NUMBERS, []]


def test_rows_that_leave_a_queue_are_read_from_its_start_each_time() -> None:
    queue = list(NUMBERS)
    read: list[int] = []
    for page in pages(4):
        assert page.after is None
        read += page.read(queue[:4])
        del queue[:4]
    assert read == NUMBERS
