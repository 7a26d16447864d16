"""Columns of values as PostgreSQL's arrays, packed in one go.

psycopg's own dumper for lists looks at each value anew to learn what it is; here the column says so. That is a third of
the time of a batch's statements.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from struct import Struct
from typing import Any

from psycopg import Connection, postgres
from psycopg.adapt import Dumper
from psycopg.pq import Format
from sqlalchemy import BigInteger, Boolean, Integer, Text
from sqlalchemy.types import TypeEngine

from ledger.columns import Bytes, Millionths, UtcDateTime

_HEAD = Struct("!iiIii")
"""PostgreSQL's `array_send`: dimensions, whether there are nulls, the element's type, length, lower bound."""
_LENGTH = Struct("!i").pack
_NULL = _LENGTH(-1)

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INT4, _INT8 = Struct("!i").pack, Struct("!q").pack


class Array:
    """Values of one column, for one parameter of a statement."""

    __slots__ = ("values",)

    def __init__(self, values: Sequence[Any]) -> None:
        """Take the values, at least one; any may be None."""
        self.values = values


def _instant(value: datetime) -> bytes:
    return _INT8((value - _EPOCH) // _MICROSECOND)


def _flag(value: object) -> bytes:
    return b"\x01" if value else b"\x00"


def _millionths(value: Decimal) -> bytes:
    return _INT8(int(value.scaleb(6)))


def _whole(value: bytes) -> bytes:
    return value


def _packed(kind: str, pack: Callable[[Any], bytes]) -> tuple[type[Array], type[Dumper]]:
    """Return a class of arrays of the element type *kind*, and what writes them."""
    element = postgres.types[kind]

    class OfOneKind(Array):
        __slots__ = ()

    class Packer(Dumper):
        format = Format.BINARY
        oid = element.array_oid

        def dump(self, obj: Array) -> bytes:
            parts = []
            for value in obj.values:
                if value is None:
                    parts.append(_NULL)
                else:
                    packed = pack(value)
                    parts += (_LENGTH(len(packed)), packed)
            return b"".join((_HEAD.pack(1, 1, element.oid, len(obj.values), 1), *parts))

    return OfOneKind, Packer


_KINDS: dict[type[TypeEngine[Any]], tuple[type[Array], type[Dumper]]] = {
    Text: _packed("text", str.encode),
    Bytes: _packed("bytea", _whole),
    UtcDateTime: _packed("timestamptz", _instant),
    Integer: _packed("int4", _INT4),
    BigInteger: _packed("int8", _INT8),
    Millionths: _packed("int8", _millionths),
    Boolean: _packed("bool", _flag),
}


def array_of(column_type: TypeEngine[Any]) -> type[Array]:
    """Return the class of arrays for a column of this type."""
    return _KINDS[type(column_type)][0]


def serve_arrays(connection: Connection[Any]) -> None:
    """Teach a connection of psycopg to write arrays."""
    for array, packer in _KINDS.values():
        connection.adapters.register_dumper(array, packer)
