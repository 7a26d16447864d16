"""Constrained field types: the texts, quantities and instants that payloads consist of."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import core_schema

from schemas.canonical import Canonical

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
        raise ValueError("not in digits")
    return value


_MOST = 1_000_000

Quantity = Annotated[
    int,
    Field(ge=1, le=_MOST),
    BeforeValidator(_written_in_digits),
    Canonical(
        core_schema.int_schema(strict=True, ge=1, le=_MOST),
        error="quantity",
        rule="A quantity is a whole number from 1 to 1,000,000, written in digits",
    ),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": _MOST}),
]
QuantityOrNone = Annotated[
    int,
    Field(ge=0, le=_MOST),
    BeforeValidator(_written_in_digits),
    Canonical(
        core_schema.int_schema(strict=True, ge=0, le=_MOST),
        error="quantity",
        rule="A quantity is a whole number up to 1,000,000, written in digits",
    ),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": _MOST}),
]


def _written_as_rfc3339(value: object) -> object:
    """Refuse numbers, as text or not: pydantic takes them for seconds since 1970, `20260105` for a day in August."""
    if isinstance(value, int | float) or (isinstance(value, str) and value[4:5] != "-"):
        raise ValueError("a number")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("beyond the years 1 to 9999") from None


_IN_UTC = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|\+00:00)$"

Moment = Annotated[
    AwareDatetime,
    AfterValidator(_in_utc),
    BeforeValidator(_written_as_rfc3339),
    Canonical(
        core_schema.no_info_after_validator_function(datetime.fromisoformat, core_schema.str_schema(pattern=_IN_UTC)),
        error="instant",
        rule="An instant is a date and time of the years 1 to 9999 as RFC 3339 has it, with an offset: "
        "2026-05-01T10:00:00Z",
    ),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant, RFC 3339 with offset; kept in UTC."""
