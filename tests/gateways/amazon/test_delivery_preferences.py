"""A buyer's delivery preferences: both versions of the Orders API, opening hours in words."""

from gateways.amazon.delivery_preferences import read_preferences
from gateways.amazon.fields import Fields


def test_opening_hours_of_v0() -> None:
    interval = {"StartTime": {"Hour": 9, "Minute": 0}, "EndTime": {"Hour": 17, "Minute": 30}}
    times = {
        "BusinessHours": [{"DayOfWeek": "MON", "OpenIntervals": [interval]}],
        "ExceptionDates": [{"ExceptionDate": "2026-01-01", "IsOpen": False, "OpenIntervals": []}],
    }
    read = read_preferences(Fields({"PreferredDeliveryTime": times}))
    assert read == {"delivery_hours": "MON 09:00-17:30; closed 2026-01-01"}


def test_opening_hours_of_2026() -> None:
    window = {"startTime": {"hour": 8, "minute": 5}, "endTime": {"hour": 12, "minute": 0}}
    exception = {"exceptionDate": "2026-01-02", "exceptionDateType": "OPEN", "timeWindows": [window]}
    times = {"businessHours": [{"dayOfWeek": "TUE", "timeWindows": [window]}], "exceptionDates": [exception]}
    read = read_preferences(Fields({"deliveryTime": times}))
    assert read == {"delivery_hours": "TUE 08:05-12:00; open 2026-01-02 08:05-12:00"}


def test_without_preferences_there_is_none() -> None:
    assert read_preferences(Fields({})) == {}
