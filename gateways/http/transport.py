"""Sending one request: the kept connections, and a limit on every phase and on the size of the answer."""

import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from time import monotonic

import httpx2

from gateways.http.call import Reply
from gateways.http.outcome import Outcome
from gateways.http.problem import Problem

MEBIBYTE = 1024 * 1024


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
    """Connections to one system, kept between calls. It follows no redirect and keeps no cookie."""

    def __init__(self, calls: int, limits: Limits) -> None:
        """Open at most *calls* connections."""
        self._limits = limits
        timeout = httpx2.Timeout(limits.receive, connect=limits.connect, write=limits.send)
        pool = httpx2.Limits(max_connections=calls, max_keepalive_connections=calls, keepalive_expiry=30.0)
        # Commerce sets a session's cookie with every answer; sent back, it would tie all calls to one locked session.
        cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx2.Client(timeout=timeout, limits=pool, cookies=cookies, follow_redirects=False)

    def send(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, as_bytes: bool) -> Reply:
        """Send a request and return the reply, whatever its status. Raises NoReplyError."""
        ends = monotonic() + self._limits.total
        try:
            with self._client.stream(method, url, headers=dict(headers), content=content) as response:
                body = b"".join(self._read(response, ends))
                lowered = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status_code, lowered, body, as_bytes)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise _no_reply(error, self._limits) from None

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _read(self, response: httpx2.Response, ends: float) -> Iterator[bytes]:
        """Yield the body decompressed, and no more of it than the limits allow."""
        left = self._limits.size
        decode = _decoder(response.headers.get("content-encoding", ""))
        for received in response.iter_raw():
            if monotonic() > ends:
                raise _too_slow(self._limits.total)
            part = decode(received, left + 1)
            left -= len(part)
            if left < 0:
                raise NoReplyError(Outcome.BROKEN, "too_large", f"Its answer is larger than {self._limits.size} bytes.")
            yield part


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


def _no_reply(error: Exception, limits: Limits) -> NoReplyError:
    """Translate an exception; its own text is dropped, because it may repeat headers with credentials."""
    if isinstance(error, httpx2.ConnectTimeout):
        sentence = f"It took no connection within {limits.connect:g} seconds."
        return NoReplyError(Outcome.TRY_LATER, "timeout", sentence, was_sent=False)
    if isinstance(error, httpx2.TimeoutException):
        return _too_slow(limits.receive)
    if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
        return NoReplyError(Outcome.BLOCKED, "address", "Its address is no URL of http or https; correct the setting.")
    if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
        sentence = "Its certificate is not trusted, or is for another name; the call was not sent."
        return NoReplyError(Outcome.BLOCKED, "certificate", sentence)
    if isinstance(error, httpx2.ConnectError):
        sentence = "No connection could be made; it may be down."
        return NoReplyError(Outcome.TRY_LATER, "unreachable", sentence, was_sent=False)
    return NoReplyError(Outcome.TRY_LATER, "connection", "The connection broke before the whole answer was there.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
