"""Bytes that are packed where plain text is expected: compressed, or written as Base64."""

import re
import zlib
from base64 import b64decode
from binascii import Error as NotBase64Error

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


def _compression_of(data: bytes) -> str | None:
    known = next((name for start, name in COMPRESSIONS.items() if data.startswith(start)), None)
    return known or ("zlib" if _is_zlib(data) else None)


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
