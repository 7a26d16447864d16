"""Reports whose instant means "unknown": the statuses keep their ranks, so every order of arrival has one outcome."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from handlers.rules.fold_report import fold_report, new_order, stamp_of
from schemas.order import Order
from schemas.payloads import StatusChanged
from schemas.status import AmazonStatus
from tests.builders import changed, placed

UNKNOWN = (
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1899, 12, 30, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(5999, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
)


def reports(instant: datetime) -> list[StatusChanged]:
    """The reports of one instant, with each status but the final one."""
    statuses = (AmazonStatus.PENDING, AmazonStatus.UNSHIPPED, AmazonStatus.SHIPPED)
    return [changed(status, 0).model_copy(update={"last_update_date": instant}) for status in statuses]


def folded(instant: datetime, sequence: tuple[StatusChanged, ...]) -> Order:
    first = placed().model_copy(update={"last_update_date": instant})
    order = new_order(first)
    for report in (first, *sequence):
        order = order.model_copy(update=fold_report(order, report))
    return order


@pytest.mark.parametrize("instant", UNKNOWN)
def test_the_status_of_the_highest_rank_wins_in_every_order_of_arrival(instant: datetime) -> None:
    outcomes = {folded(instant, sequence).amazon_status for sequence in permutations(reports(instant))}
    assert outcomes == {AmazonStatus.SHIPPED}


@pytest.mark.parametrize("instant", UNKNOWN)
def test_the_stamps_of_two_statuses_differ_by_their_ranks(instant: datetime) -> None:
    stamps = [stamp_of(report) for report in reports(instant)]
    assert stamps == sorted(set(stamps))
    assert 0 <= stamps[0] < 10**18
    assert 0 <= stamps[-1] < 10**18
