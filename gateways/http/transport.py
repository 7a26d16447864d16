"""Sending one request over urllib3's kept connections, with limits on its phases, its time and the answer's size."""

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, PoolManager, ProxyManager, Timeout, make_headers
from urllib3.exceptions import HTTPError, URLSchemeUnknown
from urllib3.util import parse_url

from gateways.http.call import Reply
from gateways.http.connections import keep_time, over_by, trusting_context
from gateways.http.no_reply import Limits, NoReplyError, before_reply, in_reply, too_slow
from gateways.http.outcome import Outcome

PART = 64 * 1024
"""Bytes that are read at once, at most."""


class _Host(NamedTuple):
    """The connections to a host, and the beginning of the addresses that are called over them."""

    scheme: str
    name: str
    connections: HTTPConnectionPool

    def has(self, parts: SplitResult) -> bool:
        """Whether an address is called over these connections, and they were not closed."""
        return (self.scheme, self.name) == parts[:2] and self.connections.pool is not None


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
            "ssl_context": trusting_context(),
        }
        self._direct = PoolManager(**kept)
        keep_time(self._direct)
        proxy = getproxies().get("https")
        self._proxied = _proxy(proxy, kept) if proxy else None
        self._latest: _Host | None = None

    def send(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, as_bytes: bool) -> Reply:
        """Send a request and return the reply, of any status. Raises NoReplyError."""
        ends = monotonic() + self._limits.total
        with over_by(ends), self._sent(method, url, headers, content, ends) as response:
            if response.status < 200:  # the final answer, which follows, would be taken for that of the next call
                code = str(response.status)
                raise NoReplyError(Outcome.BROKEN, code, f"It answered HTTP {code}, which is no final answer.")
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
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, ends: float
    ) -> Iterator[BaseHTTPResponse]:
        """Give the response to a request, whose connection is kept unless the block raises."""
        try:
            parts = urlsplit(url)
            response = self._connections(parts).urlopen(
                method,
                _target(parts),
                body=content,
                headers=headers,
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                pool_timeout=self._limits.receive,  # type: ignore[arg-type]  # it takes parts of a second
            )
        except (HTTPError, ValueError, OSError) as error:  # ValueError: a host name that none can have
            raise before_reply(error, self._limits, over=monotonic() >= ends) from None
        try:
            yield response
        except BaseException as error:
            response.close()
            if isinstance(error, HTTPError | OSError):
                raise in_reply(error, self._limits, over=monotonic() >= ends) from None
            raise
        finally:
            response.release_conn()

    def _connections(self, parts: SplitResult) -> HTTPConnectionPool:
        """Return the connections to a host. Nearly all calls are to the latest one's, whose address is read once."""
        latest = self._latest
        if latest is None or not latest.has(parts):
            connections = self._pools_for(parts).connection_from_url(f"{parts.scheme}://{parts.netloc}")
            self._latest = latest = _Host(parts.scheme, parts.netloc, connections)
        return latest.connections

    def _pools_for(self, parts: SplitResult) -> PoolManager:
        if parts.scheme not in ("http", "https"):
            raise URLSchemeUnknown(parts.scheme)  # urllib3 itself would take one without a scheme for http
        if self._proxied is None or parts.scheme == "http" or proxy_bypass(parts.hostname or ""):
            return self._direct
        return self._proxied

    def _read(self, response: BaseHTTPResponse, encoding: str, ends: float) -> Iterator[bytes]:
        """Yield the body decompressed, and no more of it than the limits allow."""
        left = self._limits.size
        content = _content(encoding)
        while received := response.read1(PART, decode_content=False):
            if monotonic() > ends:
                raise too_slow(self._limits.total)
            part = content.decode(received, left + 1)
            left -= len(part)
            if left < 0:
                raise NoReplyError(Outcome.BROKEN, "too_large", f"Its answer is larger than {self._limits.size} bytes.")
            yield part
        content.end()


def _target(parts: SplitResult) -> str:
    """Return an address without its host and fragment, as it is in the request."""
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _proxy(url: str, kept: dict[str, Any]) -> ProxyManager:
    proxy = parse_url(url if "://" in url else f"http://{url}")
    credentials = make_headers(proxy_basic_auth=unquote(proxy.auth)) if proxy.auth else None
    pools = ProxyManager(proxy._replace(auth=None).url, proxy_headers=credentials, **kept)
    keep_time(pools)
    return pools


class _Plain:
    """A body as it is."""

    def decode(self, received: bytes, limit: int) -> bytes:
        return received

    def end(self) -> None:
        return


class _Gzip:
    """A compressed body, whose parts are decompressed up to a size: a small file may grow without end."""

    def __init__(self) -> None:
        self._state = zlib.decompressobj(wbits=31)
        self._is_empty = True

    def decode(self, received: bytes, limit: int) -> bytes:
        self._is_empty = False
        try:
            return self._state.decompress(received, limit)
        except zlib.error:
            raise _undecodable("cannot be decompressed") from None

    def end(self) -> None:
        """Refuse half of a body, which `zlib` decompresses without an error, and two, of which it takes the first."""
        if not self._is_empty and (not self._state.eof or self._state.unused_data):
            raise _undecodable("is not one whole compressed text")


def _content(encoding: str) -> _Plain | _Gzip:
    name = encoding.strip().lower()
    if name not in ("", "identity", "gzip"):
        raise _undecodable("is compressed in a way that was not asked for")
    return _Gzip() if name == "gzip" else _Plain()


def _undecodable(fault: str) -> NoReplyError:
    return NoReplyError(Outcome.BROKEN, "encoding", f"Its answer {fault}.")
