"""Parses the dates of an order report, as Amazon and spreadsheets write them, with the day or the month first."""

import re
from datetime import UTC, datetime

from gateways.errors import UnreadableInputError

MONTHS = 12

NUMERIC_DATE = re.compile(
    r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?:[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?"
)


class DateOrder:
    """Whether the day or the month comes first in a report's dates, as far as the dates added determine it."""

    def __init__(self) -> None:
        """Create it without dates."""
        self._day_first: int | None = None
        self._month_first: int | None = None

    def add(self, text: str, line: int) -> None:
        """Take a date of this line into account."""
        match = NUMERIC_DATE.fullmatch(text)
        if match is None:
            return
        first, second = int(match[1]) > MONTHS, int(match[3]) > MONTHS
        if first and not second:
            self._day_first = self._day_first or line
        if second and not first:
            self._month_first = self._month_first or line

    def day_first(self) -> bool:
        """Whether the day comes first; the month does where no date determines it.

        A date parsed in the wrong order may be months ahead, and would be later than all reports until then. Raises
        UnreadableInputError when the dates contradict each other.
        """
        if self._day_first and self._month_first:
            raise UnreadableInputError(
                f"The report writes dates with the day first (line {self._day_first}) and with the month first "
                f"(line {self._month_first}): write all of them as YYYY-MM-DD."
            )
        return self._day_first is not None


def read_moment(text: str, *, day_first: bool = False) -> datetime:
    """Parse ISO 8601, `4/30/22`, `04-30-22 14:05`; without a zone it is UTC, without a time midnight.

    The month comes first, or with *day_first* the day. Raises UnreadableInputError for an invalid date, and for one
    that is outside the years 1 to 9999 in UTC.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = _numeric(text.strip(), day_first=day_first)
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        raise UnreadableInputError("is not a date") from None


def _numeric(text: str, *, day_first: bool) -> datetime:
    match = NUMERIC_DATE.fullmatch(text)
    if match is None:
        raise UnreadableInputError("is not a date")
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    month, day = (second, first) if day_first else (first, second)
    hour, minute, seconds = (int(match[group] or 0) for group in (5, 6, 7))
    try:
        return datetime(year + (2000 if year < 100 else 0), month, day, hour, minute, seconds, tzinfo=UTC)
    except ValueError:
        raise UnreadableInputError("is not a date") from None
