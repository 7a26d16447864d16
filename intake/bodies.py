"""Reading a request's body: as a whole, within a size and a time, and not compressed."""

import asyncio

from fastapi import Request

from intake.errors import RequestRefusedError

BODY_SECONDS = 8.0
"""Seconds in which a body has to be there: Adobe gives ten for all."""


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body. Raises RequestRefusedError: 413 beyond *limit* bytes, 408 too slow, 415 compressed."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise RequestRefusedError(415, "The body is compressed; send it without Content-Encoding.")
    stated = request.headers.get("content-length", "0")
    if stated.isdecimal() and (len(stated) > 12 or int(stated) > limit):
        raise _too_large(limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(request, limit)
    except TimeoutError:
        raise RequestRefusedError(408, f"The body was not there within {BODY_SECONDS:g} seconds.") from None


async def _read(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> RequestRefusedError:
    return RequestRefusedError(413, f"The body has more than {limit:,} bytes, the limit.")
