"""Values on the command line: instants, ages and amounts, with a clear word when they are none."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

import typer


def moment(text: str) -> datetime:
    """Read RFC 3339, or a date alone; without an offset it is UTC."""
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f'"{text}" is no time; write 2026-05-01T10:00:00Z, or 2026-05-01.') from None


def amount(text: str) -> Decimal:
    """Read a decimal."""
    try:
        read = Decimal(text)
    except InvalidOperation:
        read = Decimal("NaN")
    if not read.is_finite():
        raise typer.BadParameter(f'"{text}" is no amount; write 11.01.')
    return read


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class InstantOrAge:
    """An instant, or an age, which is an instant once it is known what now is."""

    told: datetime | timedelta

    def at(self, now: datetime) -> datetime:
        """Return the instant; an age counts back from *now*. Raises typer.BadParameter beyond the calendar."""
        try:
            return now - self.told if isinstance(self.told, timedelta) else self.told
        except OverflowError:
            raise typer.BadParameter("So long ago there was no calendar.") from None


def when(text: str) -> InstantOrAge:
    """Read an age, such as 90s, 45m, 2h, 3d or 1w, or an instant as `moment` does."""
    number, unit = text[:-1], text[-1:]
    if number.isdecimal() and number.isascii() and unit in _UNITS:
        try:
            return InstantOrAge(timedelta(**{_UNITS[unit]: int(number)}))
        except OverflowError:
            raise typer.BadParameter(f'"{text}" is longer than can be counted.') from None
    try:
        return InstantOrAge(moment(text))
    except typer.BadParameter:
        raise typer.BadParameter(f'"{text}" is no time and no age; write 2026-05-01T10:00:00Z, or 2h.') from None
