"""Columns of values as PostgreSQL's arrays, packed in one go.

psycopg's own dumper for lists looks at each value anew to learn what it is; here the column says so. That is a third of
the time of a batch's statements.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from struct import Struct
from typing import Any

from psycopg import postgres
from sqlalchemy import BigInteger, Boolean, Integer, Text
from sqlalchemy.types import TypeEngine

from ledger.tables.columns import Bytes, Millionths, UtcDateTime

Packer = Callable[[Sequence[Any]], bytes]
"""Packs the values of one column, at least one; any may be None."""

_HEAD = Struct("!iiIii").pack
"""PostgreSQL's `array_send`: dimensions, whether there are nulls, the element's type, length, lower bound."""
_LENGTH = Struct("!i").pack
_NULL = _LENGTH(-1)

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INT4 = partial(Struct("!ii").pack, 4)
_INT8 = partial(Struct("!iq").pack, 8)
"""With their lengths before them, as every element has it."""


def _bytes(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _LENGTH(len(encoded)) + encoded


def _flag(value: object) -> bytes:
    return _bytes(b"\x01" if value else b"\x00")


def _instant(value: datetime) -> bytes:
    return _INT8((value - _EPOCH) // _MICROSECOND)


def _millionths(value: Decimal) -> bytes:
    return _INT8(int(value.scaleb(6)))


_KINDS: dict[type[TypeEngine[Any]], tuple[str, Callable[[Any], bytes]]] = {
    Text: ("text", _text),
    Bytes: ("bytea", _bytes),
    UtcDateTime: ("timestamptz", _instant),
    Integer: ("int4", _INT4),
    BigInteger: ("int8", _INT8),
    Millionths: ("int8", _millionths),
    Boolean: ("bool", _flag),
}


def packer_of(column_type: TypeEngine[Any]) -> Packer:
    """Return what packs arrays of a column of this type."""
    name, pack = _KINDS[type(column_type)]
    oid = postgres.types[name].oid

    def packed(values: Sequence[Any]) -> bytes:
        parts, last, element = [_HEAD(1, 1, oid, len(values), 1)], None, _NULL
        for value in values:
            if value is not last:  # in many columns all rows have the same
                last, element = value, _NULL if value is None else pack(value)
            parts.append(element)
        return b"".join(parts)

    return packed
