"""Option parsers: instants, ages and amounts. Each raises typer.BadParameter with the expected form."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

import typer


def moment(text: str) -> datetime:
    """Parse RFC 3339, or a date alone; without an offset it is UTC."""
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f'Invalid time "{text}", expected 2026-05-01T10:00:00Z or 2026-05-01.') from None


def amount(text: str) -> Decimal:
    """Parse a decimal."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise typer.BadParameter(f'Invalid amount "{text}", expected a decimal such as 11.01.')
    return value


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class InstantOrAge:
    """An instant, or an age that counts back from the present."""

    value: datetime | timedelta

    def at(self, now: datetime) -> datetime:
        """Return the instant; an age counts back from *now*. Raises typer.BadParameter beyond the calendar."""
        try:
            return now - self.value if isinstance(self.value, timedelta) else self.value
        except OverflowError:
            raise typer.BadParameter("Date out of range.") from None


def when(text: str) -> InstantOrAge:
    """Parse an age, such as 90s, 45m, 2h, 3d or 1w, or an instant as `moment` does."""
    number, unit = text[:-1], text[-1:]
    if number.isdecimal() and number.isascii() and unit in _UNITS:
        try:
            return InstantOrAge(timedelta(**{_UNITS[unit]: int(number)}))
        except OverflowError:
            raise typer.BadParameter(f'Age "{text}" out of range.') from None
    try:
        return InstantOrAge(moment(text))
    except typer.BadParameter:
        raise typer.BadParameter(f'Invalid time or age "{text}", expected 2026-05-01T10:00:00Z or 2h.') from None
