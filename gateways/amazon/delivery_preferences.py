"""Parses a buyer's delivery preferences (Orders API v0, DeliveryPreferences; 2026-01-01, DeliveryPreference)."""

from gateways.amazon.fields import Fields
from gateways.amazon.money import Facts
from gateways.amazon.payload import reported
from schemas.fields import MAX_TEXT_LENGTH


def read_preferences(preferences: Fields) -> Facts:
    """Parse the personal part: where to leave the parcel, how to find the address, and when somebody is there."""
    times = preferences.part("preferredDeliveryTime") if "preferredDeliveryTime" in preferences else None
    return reported(
        {
            "drop_off_location": preferences.text("dropOffLocation"),
            "address_instructions": preferences.text("addressInstructions") or preferences.text("addressInstruction"),
            "delivery_hours": _hours(times or preferences.part("deliveryTime")),
        }
    )


def read_capabilities(preferences: Fields) -> list[str] | None:
    """Parse the abilities of the address, such as to take pallets; None without any."""
    abilities = preferences.words("otherAttributes") or preferences.words("deliveryCapabilities")
    return sorted(abilities) if abilities else None


def _hours(times: Fields) -> str | None:
    """Return the opening hours in words: "MON 09:00-17:00; closed 2026-01-01"."""
    days = [f"{day.text('dayOfWeek')} {_intervals(day)}".strip() for day in times.parts("businessHours")]
    exceptions = [_exception(day) for day in times.parts("exceptionDates")]
    return "; ".join([*days, *exceptions])[:MAX_TEXT_LENGTH] or None


def _exception(day: Fields) -> str:
    is_open = day.truth("isOpen") or day.text("exceptionDateType") == "OPEN"
    return f"{'open' if is_open else 'closed'} {day.text('exceptionDate')} {_intervals(day) if is_open else ''}".strip()


def _intervals(day: Fields) -> str:
    intervals = day.parts("openIntervals") or day.parts("timeWindows")
    return ", ".join(f"{_time(interval.part('startTime'))}-{_time(interval.part('endTime'))}" for interval in intervals)


def _time(time: Fields) -> str:
    return f"{time.whole('hour') or 0:02}:{time.whole('minute') or 0:02}"
