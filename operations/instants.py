"""Instants as people write them: in RFC 3339, as a date alone, or as an age that counts back from the present."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from operations.errors import InvalidInputError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class InstantOrAge:
    """An instant, or an age that counts back from the present."""

    value: datetime | timedelta

    def at(self, now: datetime) -> datetime:
        """Return the instant; an age counts back from *now*. Raises InvalidInputError beyond the calendar."""
        try:
            return now - self.value if isinstance(self.value, timedelta) else self.value
        except OverflowError:
            raise InvalidInputError("Date out of range.") from None


def parse_instant(text: str) -> datetime:
    """Parse RFC 3339, or a date alone; without an offset it is UTC. Raises InvalidInputError."""
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInputError(f'Invalid time "{text}", expected 2026-05-01T10:00:00Z or 2026-05-01.') from None


def parse_instant_or_age(text: str) -> InstantOrAge:
    """Parse an age, such as 90s, 45m, 2h, 3d or 1w, or an instant as `parse_instant` does. Raises InvalidInputError."""
    number, unit = text[:-1], text[-1:]
    if number.isdecimal() and number.isascii() and unit in _UNITS:
        try:
            return InstantOrAge(timedelta(**{_UNITS[unit]: int(number)}))
        except OverflowError:
            raise InvalidInputError(f'Age "{text}" out of range.') from None
    try:
        return InstantOrAge(parse_instant(text))
    except InvalidInputError:
        raise InvalidInputError(f'Invalid time or age "{text}", expected 2026-05-01T10:00:00Z or 2h.') from None
