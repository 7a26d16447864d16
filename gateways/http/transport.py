"""Sending one request over urllib3's kept connections, with a limit on every phase and on the size of the answer."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ssl import SSLCertVerificationError
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager, Timeout, make_headers
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NewConnectionError,
    ProxyError,
    SSLError,
    URLSchemeUnknown,
)
from urllib3.exceptions import TimeoutError as TooSlowError
from urllib3.util import parse_url

from gateways.http.call import Reply
from gateways.http.outcome import Outcome
from gateways.http.problem import Problem

MEBIBYTE = 1024 * 1024

PART = 64 * 1024
"""Bytes that are read at once, at most."""

NO_TUNNEL = "Tunnel connection failed"
"""The error of `http.client` when a proxy refuses to connect to a host."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for each phase of a call and for all of it, and the size of an answer, decompressed, in bytes."""

    connect: float = 5.0
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
        """Open at most *calls* connections to a host; https through the proxy of the environment, if any."""
        self._limits = limits
        kept: dict[str, Any] = {
            "maxsize": calls,
            "block": True,
            "timeout": Timeout(connect=limits.connect, read=limits.receive),
        }
        self._direct = PoolManager(**kept)
        proxy = getproxies().get("https")
        self._proxied = _proxy(proxy, kept) if proxy else None

    def send(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, as_bytes: bool) -> Reply:
        """Send a request and return the reply, whatever its status. Raises NoReplyError."""
        ends = monotonic() + self._limits.total
        with self._sent(method, url, headers, content) as response:
            lowered = {name.lower(): value for name, value in response.headers.items()}
            body = b"".join(self._read(response, lowered.get("content-encoding", ""), ends))
            return Reply(response.status, lowered, body, as_bytes)

    def close(self) -> None:
        """Close the idle connections."""
        for pools in (self._direct, self._proxied):
            if pools is not None:
                pools.clear()

    @contextmanager
    def _sent(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Iterator[BaseHTTPResponse]:
        """Give the response to a request, whose connection is kept unless the block raises."""
        try:
            response = self._pools_for(url).urlopen(
                method, url, body=content, headers=headers, retries=False, redirect=False, preload_content=False
            )
        except (HTTPError, ValueError, OSError) as error:  # ValueError: a host name that none can have
            raise _not_sent(error, self._limits) from None
        try:
            yield response
        except BaseException as error:
            response.close()
            if isinstance(error, HTTPError | OSError):
                raise _broken(error, self._limits) from None
            raise
        finally:
            response.release_conn()

    def _pools_for(self, url: str) -> PoolManager:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            raise URLSchemeUnknown(parts.scheme)  # urllib3 itself would take one without a scheme for http
        if self._proxied is None or parts.scheme == "http" or proxy_bypass(parts.hostname or ""):
            return self._direct
        return self._proxied

    def _read(self, response: BaseHTTPResponse, encoding: str, ends: float) -> Iterator[bytes]:
        """Yield the body decompressed, and no more of it than the limits allow."""
        left = self._limits.size
        decode = _decoder(encoding)
        while received := response.read1(PART, decode_content=False):
            if monotonic() > ends:
                raise _too_slow(self._limits.total)
            part = decode(received, left + 1)
            left -= len(part)
            if left < 0:
                raise NoReplyError(Outcome.BROKEN, "too_large", f"Its answer is larger than {self._limits.size} bytes.")
            yield part


def _proxy(url: str, kept: dict[str, Any]) -> ProxyManager:
    proxy = parse_url(url if "://" in url else f"http://{url}")
    credentials = make_headers(proxy_basic_auth=unquote(proxy.auth)) if proxy.auth else None
    return ProxyManager(proxy._replace(auth=None).url, proxy_headers=credentials, **kept)


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


def _not_sent(error: Exception, limits: Limits) -> NoReplyError:
    """Translate an error before the reply; its own text is dropped, because it may repeat headers with credentials."""
    if isinstance(error, ProxyError):
        # urllib3 blames the proxy for connections that break behind it, too, when the call may have been carried out.
        error = error.original_error
    if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
        sentence = f"It took no connection within {limits.connect:g} seconds."
        return NoReplyError(Outcome.TRY_LATER, "timeout", sentence, was_sent=False)
    if isinstance(error, LocationValueError):
        return NoReplyError(Outcome.BLOCKED, "address", "Its address is no URL of http or https; correct the setting.")
    # TLS that breaks is a connection that breaks, as a server's does that is restarted.
    if isinstance(error, SSLError) and any(isinstance(cause, SSLCertVerificationError) for cause in error.args):
        sentence = "Its certificate is not trusted, or is for another name; the call was not sent."
        return NoReplyError(Outcome.BLOCKED, "certificate", sentence)
    if isinstance(error, NewConnectionError | ValueError) or NO_TUNNEL in str(error):
        sentence = "No connection could be made; it may be down."
        return NoReplyError(Outcome.TRY_LATER, "unreachable", sentence, was_sent=False)
    return _broken(error, limits)


def _broken(error: Exception, limits: Limits) -> NoReplyError:
    if isinstance(error, TooSlowError):
        return _too_slow(limits.receive)
    return NoReplyError(Outcome.TRY_LATER, "connection", "The connection broke before the whole answer was there.")


def _too_slow(seconds: float) -> NoReplyError:
    return NoReplyError(Outcome.TRY_LATER, "timeout", f"It did not answer within {seconds:g} seconds.")
