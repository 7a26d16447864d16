"""Sending one request: the kept connections, and a limit on every phase and on the size of the answer."""

import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, InvalidURL
from time import monotonic

from gateways.http.call import Reply
from gateways.http.connections import Connections, NoAddressError
from gateways.http.outcome import Outcome
from gateways.http.problem import Problem

MEBIBYTE = 1024 * 1024

PART = 64 * 1024
"""Bytes that are read at once, at most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for each phase of a call and for all of it, and the size of an answer, decompressed, in bytes."""

    connect: float = 5.0
    send: float = 10.0
    receive: float = 20.0
    total: float = 60.0
    size: int = 16 * MEBIBYTE


class NoReplyError(Exception):
    """No usable reply came back: too slow, too large, or no connection at all. Never leaves gateways.http."""

    def __init__(self, outcome: Outcome, code: str, sentence: str, *, was_sent: bool = True) -> None:
        """Take the error in place of the reply; without a connection the call was not sent."""
        super().__init__(sentence)
        self.outcome = outcome
        self.problem = Problem(code, sentence)
        self.was_sent = was_sent

    @property
    def may_pass(self) -> bool:
        """Whether another try may bring a reply."""
        return self.outcome is Outcome.TRY_LATER


class Transport:
    """Connections to one system, kept between calls. It follows no redirect and keeps no cookie.

    Commerce sets a session's cookie with every answer; sent back, it would tie all calls to one locked session.
    """

    def __init__(self, calls: int, limits: Limits) -> None:
        """Open at most *calls* connections."""
        self._limits = limits
        self._connections = Connections(calls, limits.connect)

    def send(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, as_bytes: bool) -> Reply:
        """Send a request and return the reply, whatever its status. Raises NoReplyError."""
        try:
            with self._connections.borrowed(url) as connection:
                ends = monotonic() + self._limits.total
                if connection.sock is None:
                    self._connect(connection)
                connection.sock.settimeout(self._limits.send)
                connection.request(method, _target_of(url), content, dict(headers))
                connection.sock.settimeout(self._limits.receive)
                with connection.getresponse() as response:  # closed, it leaves the connection to the next
                    return self._reply(response, ends, as_bytes)
        except (NoAddressError, InvalidURL):
            sentence = "Its address is no URL of http or https; correct the setting."
            raise NoReplyError(Outcome.BLOCKED, "address", sentence) from None
        except TimeoutError:
            raise _too_slow(self._limits.receive) from None
        except (HTTPException, OSError):  # its text is dropped, because it may repeat headers with credentials
            sentence = "The connection broke before the whole answer was there."
            raise NoReplyError(Outcome.TRY_LATER, "connection", sentence) from None

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()

    def _connect(self, connection: HTTPConnection) -> None:
        try:
            connection.connect()
        except TimeoutError:
            sentence = f"It took no connection within {self._limits.connect:g} seconds."
            raise NoReplyError(Outcome.TRY_LATER, "timeout", sentence, was_sent=False) from None
        except ssl.SSLError:
            sentence = "Its certificate is not trusted, or is for another name; the call was not sent."
            raise NoReplyError(Outcome.BLOCKED, "certificate", sentence) from None
        except (OSError, UnicodeError):  # no host of that name, or a name that none can have
            sentence = "No connection could be made; it may be down."
            raise NoReplyError(Outcome.TRY_LATER, "unreachable", sentence, was_sent=False) from None

    def _reply(self, response: HTTPResponse, ends: float, as_bytes: bool) -> Reply:
        lowered = {name.lower(): value for name, value in response.headers.items()}
        body = b"".join(self._read(response, lowered.get("content-encoding", ""), ends))
        return Reply(response.status, lowered, body, as_bytes)

    def _read(self, response: HTTPResponse, encoding: str, ends: float) -> Iterator[bytes]:
        """Yield the body decompressed, and no more of it than the limits allow."""
        left, due = self._limits.size, response.length
        decode = _decoder(encoding)
        while due != 0 and (received := response.read1(PART)):
            if monotonic() > ends:
                raise _too_slow(self._limits.total)
            due = None if due is None else due - len(received)
            part = decode(received, left + 1)
            left -= len(part)
            if left < 0:
                raise NoReplyError(Outcome.BROKEN, "too_large", f"Its answer is larger than {self._limits.size} bytes.")
            yield part
        if due:
            raise ConnectionResetError


def _target_of(url: str) -> str:
    """Return a URL as a request has it: from the path on."""
    start = url.find("/", url.index("://") + 3)
    return url[start:].partition("#")[0] if start > 0 else "/"


def _decoder(encoding: str) -> Callable[[bytes, int], bytes]:
    """Return a function that decompresses a part of a body, up to a size: a small file may grow without end."""
    if encoding.strip().lower() in ("", "identity"):
        return lambda received, _: received
    if encoding.strip().lower() != "gzip":
        raise NoReplyError(Outcome.BROKEN, "encoding", "Its answer is compressed in a way that was not asked for.")
    state = zlib.decompressobj(wbits=31)

    def unzip(received: bytes, most: int) -> bytes:
        try:
            return state.decompress(received, most)
        except zlib.error:
            raise NoReplyError(Outcome.BROKEN, "encoding", "Its answer cannot be decompressed.") from None

    return unzip


def _too_slow(seconds: float) -> NoReplyError:
    return NoReplyError(Outcome.TRY_LATER, "timeout", f"It did not answer within {seconds:g} seconds.")
