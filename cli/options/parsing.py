"""Option parsers: instants, ages and amounts. Each raises typer.BadParameter with the expected form."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

import typer

from operations.errors import InvalidInputError
from operations.instants import InstantOrAge, parse_instant, parse_instant_or_age

Given = TypeVar("Given")
Parsed = TypeVar("Parsed")


def moment(text: str) -> datetime:
    """Parse RFC 3339, or a date alone; without an offset it is UTC."""
    return as_parameter(parse_instant, text)


def when(text: str) -> InstantOrAge:
    """Parse an age, such as 90s, 45m, 2h, 3d or 1w, or an instant as `moment` does."""
    return as_parameter(parse_instant_or_age, text)


def as_parameter(parse: Callable[[Given], Parsed], value: Given) -> Parsed:
    """Return the value of an option, parsed by *parse*. Raises typer.BadParameter for wrong input."""
    try:
        return parse(value)
    except InvalidInputError as error:
        raise typer.BadParameter(str(error)) from None


def amount(text: str) -> Decimal:
    """Parse a decimal."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise typer.BadParameter(f'Invalid amount "{text}", expected a decimal such as 11.01.')
    return value
