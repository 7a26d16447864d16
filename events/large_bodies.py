"""Bodies above the limit: only their beginning, size and hash are kept, so that no message fills a process's memory.

RabbitMQ carries bodies of 16 MiB, older ones of 128 MiB, and delivers as many as the prefetch allows.
"""

from hashlib import blake2b, sha256
from typing import Self

from events.cloud_event import HARD_LIMIT
from schemas.message import Headers, Message

KEPT_BYTES = 1024
"""Bytes of a large body that are kept, for a person to recognize it."""


class BodyBeginning(bytes):
    """The first `KEPT_BYTES` of a body, with the size of the whole and its SHA-256."""

    size: int
    sha256: str

    @classmethod
    def of(cls, beginning: bytes, size: int, digest: str) -> Self:
        """Join the beginning with the size and digest of the whole."""
        body = cls(beginning)
        body.size, body.sha256 = size, digest
        return body


class LargeBodyReader:
    """Reads a large body part by part, and keeps its beginning."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._beginning = b""
        self._size = 0
        self._hash = sha256()

    def read(self, part: bytes) -> None:
        """Read the next part."""
        self._beginning += part[: KEPT_BYTES - len(self._beginning)]
        self._size += len(part)
        self._hash.update(part)

    def result(self) -> BodyBeginning:
        """Return the kept part."""
        return BodyBeginning.of(self._beginning, self._size, self._hash.hexdigest())


def headers_of(body: bytes) -> Headers:
    """Return the headers that mark a beginning; none for a whole body."""
    return {"size": body.size, "sha256": body.sha256} if isinstance(body, BodyBeginning) else {}


def cut(message: Message) -> Message:
    """Return a message as RabbitMQ's consumer receives it: of a body above the limit only the beginning."""
    if len(message.body) <= HARD_LIMIT:
        return message
    reader = LargeBodyReader()
    reader.read(message.body)
    beginning = reader.result()
    return message._replace(body=beginning, headers={**message.headers, **headers_of(beginning)})


def body_digest(message: Message) -> bytes:
    """Return 16 bytes that identify a message's body, the whole of it."""
    if message.is_partial:
        return bytes.fromhex(str(message.headers["sha256"]))[:16]
    return blake2b(message.body, digest_size=16).digest()


def describe_large_body(message: Message) -> str:
    """Return a sentence about a message of which only the beginning is kept."""
    return (
        f"The body has {message.headers['size']:,} bytes; at most {HARD_LIMIT:,} are accepted. Its first"
        f" {KEPT_BYTES:,} bytes are kept; its SHA-256 is {message.headers['sha256']}."
    )
