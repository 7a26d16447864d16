"""Dates of order reports."""

from datetime import UTC, datetime

import pytest

from gateways.amazon.reports.all_orders import read_report
from gateways.amazon.reports.dates import read_moment
from gateways.amazon.results import ParsedReport
from gateways.errors import UnreadableInputError

HEADER = "Order ID,Date,Last Updated Date,Status,Fulfilment,Sales Channel,sku,Quantity"


def days(*dates: tuple[str, str]) -> list[tuple[str, str]]:
    """When the orders of a report with these dates were bought and last changed, as YYYY-MM-DD."""
    rows = [
        f"111-0000000-{place:07},{bought},{changed},Shipped,Amazon,Amazon.co.uk,MUG,1"
        for place, (bought, changed) in enumerate(dates)
    ]
    payloads = [
        result.payload
        for result in read_report([f"{line}\n".encode() for line in (HEADER, *rows)], "uk", {})
        if isinstance(result, ParsedReport)
    ]
    return [(f"{payload.purchase_date:%F}", f"{payload.last_update_date:%F}") for payload in payloads]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2022-04-30T10:00:00+02:00", datetime(2022, 4, 30, 8, tzinfo=UTC)),
        ("2022-04-30T10:00:00Z", datetime(2022, 4, 30, 10, tzinfo=UTC)),
        ("2022-04-30", datetime(2022, 4, 30, tzinfo=UTC)),
        ("4/30/22", datetime(2022, 4, 30, tzinfo=UTC)),
        ("04-30-22", datetime(2022, 4, 30, tzinfo=UTC)),
        ("4/30/2022 14:05", datetime(2022, 4, 30, 14, 5, tzinfo=UTC)),
        ("4/5/22", datetime(2022, 4, 5, tzinfo=UTC)),
    ],
)
def test_dates_as_sellers_write_them(text: str, moment: datetime) -> None:
    assert read_moment(text) == moment


def test_the_day_comes_first_on_request() -> None:
    assert read_moment("4/5/22", day_first=True) == datetime(2022, 5, 4, tzinfo=UTC)
    assert read_moment("30/4/2022 14:05", day_first=True) == datetime(2022, 4, 30, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["yesterday", "13/13/22", "2/30/22", "4/30-22", "", "4/30/022", "1/1/22 25:00", "30/4/22"]
)
def test_an_invalid_date_is_refused(text: str) -> None:
    with pytest.raises(UnreadableInputError):
        read_moment(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:00:00-10:00"])
def test_an_instant_outside_the_calendar_in_utc_is_refused(text: str) -> None:
    with pytest.raises(UnreadableInputError):
        read_moment(text)


def test_one_date_with_the_day_first_decides_for_all_dates_of_the_report() -> None:
    assert days(("12/05/2026 10:00", "12/05/2026"), ("01/05/2026", "13-05-2026")) == [
        ("2026-05-12", "2026-05-12"),
        ("2026-05-01", "2026-05-13"),
    ]


def test_the_month_comes_first_where_no_date_decides() -> None:
    assert days(("12/05/2026", "2026-12-13"), ("12/06/2026", "12/31/2026")) == [
        ("2026-12-05", "2026-12-13"),
        ("2026-12-06", "2026-12-31"),
    ]


def test_a_report_with_contradicting_dates_is_refused_with_the_lines() -> None:
    with pytest.raises(UnreadableInputError, match=r"day first \(line 3\).*month first \(line 4\): write all"):
        days(("12/05/2026", "12/05/2026"), ("13/05/2026", "12/05/2026"), ("05/13/2026", "12/05/2026"))


def test_an_invalid_date_decides_nothing() -> None:
    assert days(("12/05/2026", "12/05/2026"), ("13/13/2026", "12/05/2026")) == [("2026-12-05", "2026-12-05")]
