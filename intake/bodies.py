"""Reading a request's body: as a whole, within a size and a time, and not compressed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from fastapi import Request

from intake.errors import RequestRefusedError

BODY_SECONDS = 8.0
"""Seconds in which a body has to be there: Adobe gives ten for all."""

DISCARD_SECONDS = 1.0
DISCARDED = 16 * 1024 * 1024
"""Bytes of a body that is too large that are discarded, within DISCARD_SECONDS, before it is refused.

A connection that is closed while its client still sends is reset, and the answer is lost on the way.
"""


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body. Raises RequestRefusedError: 413 beyond *limit* bytes, 408 too slow, 415 compressed."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise RequestRefusedError(415, "The body is compressed; send it without Content-Encoding.")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _read(request, limit)
    except TimeoutError:
        raise RequestRefusedError(408, f"The body was not there within {BODY_SECONDS:g} seconds.") from None
    if body is None:
        raise RequestRefusedError(413, f"The body has more than {limit:,} bytes, the limit.")
    return body


async def _read(request: Request, limit: int) -> bytes | None:
    """Return the body, None if it is too large."""
    stated = request.headers.get("content-length", "0")
    is_too_large = stated.isdecimal() and (len(stated) > 12 or int(stated) > limit)
    if is_too_large and "expect" in request.headers:
        return None  # to read would be to ask for the body
    body, chunks = bytearray(), request.stream()
    while not is_too_large and (chunk := await anext(chunks, None)) is not None:
        body += chunk
        is_too_large = len(body) > limit
    if is_too_large:
        await _discard(chunks)
    return None if is_too_large else bytes(body)


async def _discard(chunks: AsyncIterator[bytes]) -> None:
    discarded = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_SECONDS):
            async for chunk in chunks:
                discarded += len(chunk)
                if discarded > DISCARDED:
                    return
