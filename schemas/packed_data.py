"""Bytes that are packed where plain text is expected: compressed, or written as Base64."""

import re
import zlib
from base64 import b64decode
from binascii import Error as NotBase64Error
from bz2 import BZ2Decompressor
from lzma import LZMADecompressor, LZMAError
from typing import Any

COMPRESSIONS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"\xff\x06\x00\x00sNaPpY": "snappy",
    b"PK\x03\x04": "zip",
}
"""Compressions by the first bytes that each writes."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_SAMPLE = 4096
_XZ_MEMORY = 64 * 1024 * 1024
"""Bytes; its highest level needs them, and data may demand 4 GiB."""

_LAYERS = 3
"""Packings that are undone, one within the other, at most."""


def packing_of(data: bytes) -> str | None:
    """Return how bytes are packed, as the end of a sentence, such as "compressed with gzip"; None for plain ones."""
    compression = _compression_of(data)
    if compression:
        return f"compressed with {compression}"
    inner = _from_base64(data)
    if inner is None:
        return None
    if inner.lstrip()[:1] in (b"{", b"["):
        return "written as Base64"
    compression = _compression_of(inner)
    return f"compressed with {compression} and written as Base64" if compression else None


def unpacked(data: bytes, limit: int) -> bytes | None:
    """Return packed bytes as they were before, at most *limit* of them; None for plain ones, and where that fails."""
    plain = data
    for _ in range(_LAYERS):
        if packing_of(plain) is None:
            break
        try:
            plain = _unpacked_once(plain, limit)
        except (ValueError, EOFError, OSError, zlib.error, LZMAError):
            return None
        if len(plain) > limit:
            return None
    return None if plain is data or packing_of(plain) else plain


def _unpacked_once(data: bytes, limit: int) -> bytes:
    """Undo one packing. Raises ValueError for one that needs a library of its own, and the errors of its decoder."""
    compression = _compression_of(data)
    if compression is None:
        text = b"".join(data.split()).strip(b'"')
        return b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_" if set(b"-_") & set(text) else None)
    decoder = _decoder(compression)
    plain: bytes = decoder.decompress(data, limit + 1)
    if not decoder.eof:
        raise EOFError
    return plain


def _decoder(compression: str) -> Any:
    match compression:
        case "gzip" | "zlib":
            return zlib.decompressobj(wbits=32 + zlib.MAX_WBITS)
        case "bzip2":
            return BZ2Decompressor()
        case "xz":
            return LZMADecompressor(memlimit=_XZ_MEMORY)
    raise ValueError(compression)


def _compression_of(data: bytes) -> str | None:
    compression = next((name for start, name in COMPRESSIONS.items() if data.startswith(start)), None)
    return compression or ("zlib" if _is_zlib(data) else None)


def _is_zlib(data: bytes) -> bool:
    """Whether bytes are in zlib's format, as `deflate` is in HTTP; its two bytes of header are text as well."""
    if data[:1] != b"\x78":
        return False
    try:
        return bool(zlib.decompressobj().decompress(data[:_SAMPLE], _SAMPLE))
    except zlib.error:
        return False


def _from_base64(data: bytes) -> bytes | None:
    """Return the first bytes that Base64 text stands for, None for another text."""
    text = b"".join(data[:_SAMPLE].split()).strip(b'"')
    if not _BASE64.fullmatch(text):
        return None
    try:
        return b64decode(text[: len(text) // 4 * 4], altchars=b"-_" if set(b"-_") & set(text) else None)
    except NotBase64Error:
        return None
