"""Columns of values as PostgreSQL's arrays, packed in one go.

psycopg's own dumper for lists looks at each value anew to learn what it is; here the column says so. That is a third of
the time of a batch's statements.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from struct import Struct
from typing import Any

from psycopg import postgres
from sqlalchemy import BigInteger, Boolean, Integer, Text
from sqlalchemy.types import TypeEngine

from ledger.columns import Bytes, Millionths, UtcDateTime

Packer = Callable[[Sequence[Any]], bytes]
"""Packs the values of one column, at least one; any may be None."""

_HEAD = Struct("!iiIii").pack
"""PostgreSQL's `array_send`: dimensions, whether there are nulls, the element's type, length, lower bound."""
_LENGTH = Struct("!i").pack
_NULL = _LENGTH(-1)

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INT4, _INT8 = Struct("!ii").pack, Struct("!iq").pack
"""With their lengths before them, as every element has it."""


def _bytes(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def _text(value: str) -> bytes:
    return _bytes(value.encode())


def _flag(value: object) -> bytes:
    return _bytes(b"\x01" if value else b"\x00")


def _whole(value: int) -> bytes:
    return _INT4(4, value)


def _long(value: int) -> bytes:
    return _INT8(8, value)


def _instant(value: datetime) -> bytes:
    return _long((value - _EPOCH) // _MICROSECOND)


def _millionths(value: Decimal) -> bytes:
    return _long(int(value.scaleb(6)))


def _packer(kind: str, pack: Callable[[Any], bytes]) -> Packer:
    """Return what packs arrays of this element type."""
    oid = postgres.types[kind].oid

    def packed(values: Sequence[Any]) -> bytes:
        parts, last, element = [_HEAD(1, 1, oid, len(values), 1)], None, _NULL
        for value in values:
            if value is not last:  # in many columns all rows have the same
                last, element = value, _NULL if value is None else pack(value)
            parts.append(element)
        return b"".join(parts)

    return packed


_PACKERS: dict[type[TypeEngine[Any]], Packer] = {
    Text: _packer("text", _text),
    Bytes: _packer("bytea", _bytes),
    UtcDateTime: _packer("timestamptz", _instant),
    Integer: _packer("int4", _whole),
    BigInteger: _packer("int8", _long),
    Millionths: _packer("int8", _millionths),
    Boolean: _packer("bool", _flag),
}


def packer_of(column_type: TypeEngine[Any]) -> Packer:
    """Return what packs arrays of a column of this type."""
    return _PACKERS[type(column_type)]
