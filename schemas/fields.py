"""Constrained field types: the texts, quantities and instants that payloads consist of."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL cannot store NUL in a text, so it is refused at the edge."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL, strip_whitespace=True)]
"""A short identifying text: a SKU, a shipment number, a store."""

_NO_CONTROL_CHARACTERS = r"^[^\x00-\x1f\x7f-\x9f]*$"

Attribute = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NO_CONTROL_CHARACTERS)]
"""A CloudEvent's attribute, without control characters (CloudEvents 1.0, 3.2). As an identity it is not stripped."""

MAX_TEXT_LENGTH = 2000
"""Characters."""

Text = Annotated[str, StringConstraints(max_length=MAX_TEXT_LENGTH, pattern=NO_NUL)]
"""Free text: a title, a line of an address."""

AmazonOrderId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{3}-[0-9]{7}-[0-9]{7}$")]
"""Amazon's order number, 3-7-7 (Orders API v0, AmazonOrderId)."""


_WHOLE = re.compile(r"[0-9]+(\.0+)?")
"""Commerce writes quantities as decimals, `2.0000`."""


def _written_in_digits(value: object) -> object:
    """Refuse number literals that only Python knows: `true` for 1, `"2_0"` for 20."""
    if isinstance(value, bool) or (isinstance(value, str) and not _WHOLE.fullmatch(value)):
        raise ValueError("a quantity is a whole number, written in digits")
    return value


Quantity = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(_written_in_digits)]
QuantityOrNone = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(_written_in_digits)]


def _written_as_rfc3339(value: object) -> object:
    """Refuse numbers, as text or not: pydantic takes them for seconds since 1970, `20260105` for a day in August."""
    if isinstance(value, int | float) or (isinstance(value, str) and value[4:5] != "-"):
        raise ValueError("an instant is a text as RFC 3339 has it, with an offset: 2026-05-01T10:00:00Z")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant lies in the years 1 to 9999, in UTC too") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc), BeforeValidator(_written_as_rfc3339)]
"""An instant, RFC 3339 with offset; kept in UTC."""
