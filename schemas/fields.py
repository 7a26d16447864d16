"""The smallest words: kinds of text, whole quantities and times that every payload is made of."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL can store no NUL in a text, so none may come in."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL, strip_whitespace=True)]
"""A short identifying text: a SKU, a shipment number, a store."""

_NO_CONTROL_SIGN = r"^[^\x00-\x1f\x7f-\x9f]*$"

Attribute = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NO_CONTROL_SIGN)]
"""An attribute of a CloudEvent, without control signs (CloudEvents 1.0, 3.2); an identity, it is kept to the letter."""

LONGEST_TEXT = 2000
"""Characters."""

Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=NO_NUL)]
"""A free text: a title, a line of an address."""

AmazonOrderId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{3}-[0-9]{7}-[0-9]{7}$")]
"""Amazon's order number, 3-7-7 (Orders API v0, AmazonOrderId)."""


_WHOLE = re.compile(r"[0-9]+(\.0+)?")
"""Commerce writes quantities as decimals, `2.0000`."""


def _counted(value: object) -> object:
    """Refuse what is a number to Python and to nobody else: `true` for 1, `"2_0"` for 20."""
    if isinstance(value, bool) or (isinstance(value, str) and not _WHOLE.fullmatch(value)):
        raise ValueError("a quantity is a whole number, written in digits")
    return value


Quantity = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(_counted)]
QuantityOrNone = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(_counted)]


def _written(value: object) -> object:
    """Refuse numbers, as text or not: pydantic takes them for seconds since 1970, `20260105` for a day in August."""
    if isinstance(value, int | float) or (isinstance(value, str) and value[4:5] != "-"):
        raise ValueError("an instant is a text as RFC 3339 has it, with an offset: 2026-05-01T10:00:00Z")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant lies in the years 1 to 9999, in UTC too") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc), BeforeValidator(_written)]
"""An instant, RFC 3339 with offset; kept in UTC."""
