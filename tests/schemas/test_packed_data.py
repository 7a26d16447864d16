"""Packed data: plain data is never taken for packed, and unpacking has a limit."""

import bz2
import gzip
import lzma
import zlib
from base64 import b64encode
from collections.abc import Callable

import pytest

from schemas.packed_data import packing_of, unpacked

PLAIN = (
    b"",
    b"{}",
    b'{"a": 1}',
    b"[1]",
    b"xyz",
    b"x^2",
    b"BZ",
    b"PK",
    b"A" * 16,
    b"order.placed",
    b"e30=",
    b"\xff\xfe",
)


@pytest.mark.parametrize("plain", PLAIN)
def test_plain_bytes_are_not_packed(plain: bytes) -> None:
    assert packing_of(plain) is None
    assert unpacked(plain, 1000) is None


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, bz2.compress, lzma.compress, b64encode])
def test_packed_bytes_are_unpacked_up_to_a_limit(pack: Callable[[bytes], bytes]) -> None:
    document = b"[" + b"1," * 400 + b"1]"
    assert unpacked(pack(document), len(document)) == document
    assert unpacked(pack(document), len(document) - 1) is None
    bomb = pack(b"[" + bytes(5_000_000))
    assert unpacked(bomb, 1000) is None


def test_packings_within_each_other_are_undone_three_deep() -> None:
    document = b'{"a": 1}' * 5
    assert unpacked(b64encode(gzip.compress(document)), 1000) == document
    assert unpacked(gzip.compress(gzip.compress(gzip.compress(document))), 1000) == document
    assert unpacked(gzip.compress(gzip.compress(gzip.compress(gzip.compress(document)))), 1000) is None
