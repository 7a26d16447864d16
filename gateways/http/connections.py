"""Connections of one client, kept between calls: those of the standard library, the one used last first.

An HTTP library of the field spends two to four times the processor time of `http.client` on a call, and what it offers
beyond is switched off here: redirects, cookies, repetitions. See docs/decisions/0017-http-client.md.
"""

import select
import ssl
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from http.client import HTTPConnection, HTTPSConnection
from socket import SHUT_RDWR
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

KEPT = 30.0
"""Seconds that an idle connection is kept; servers and balancers drop it after a minute or less."""


class NoAddressError(Exception):
    """A URL names no host that can be called over http or https."""


class Origin(NamedTuple):
    """Whom a connection is to."""

    scheme: str
    host: str
    port: int


class Connections:
    """At most *most* connections at a time; a call beyond waits for one. Safe to be used by several threads."""

    def __init__(self, most: int, connect_timeout: float) -> None:
        """Open connections as they are needed, each within *connect_timeout* seconds."""
        self._connect_timeout = connect_timeout
        self._free = BoundedSemaphore(most)
        self._lock = Lock()
        self._idle: defaultdict[Origin, list[tuple[float, HTTPConnection]]] = defaultdict(list)
        self._used: set[HTTPConnection] = set()
        self._closed = False

    @contextmanager
    def borrowed(self, url: str) -> Iterator[HTTPConnection]:
        """Give a connection to the origin of *url* for one call; it is kept unless the block raises.

        It may not be connected yet. Raises NoAddressError, and ConnectionAbortedError once `close` was called.
        """
        origin = _origin_of(url)
        with self._free:
            connection = self._take(origin)
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            finally:
                self._give_back(origin, connection)

    def close(self) -> None:
        """Close idle connections, and break those in use."""
        with self._lock:
            self._closed = True
            for _, connection in (kept for origin in self._idle.values() for kept in origin):
                connection.close()
            self._idle.clear()
            for connection in self._used:
                with suppress(OSError, AttributeError):  # not connected yet, or not any more
                    connection.sock.shutdown(SHUT_RDWR)

    def _take(self, origin: Origin) -> HTTPConnection:
        with self._lock:
            if self._closed:
                raise ConnectionAbortedError
            connection = self._kept(origin) or self._new(origin)
            self._used.add(connection)
            return connection

    def _kept(self, origin: Origin) -> HTTPConnection | None:
        """Return the idle connection that was used last, if the other side has not closed it."""
        idle = self._idle[origin]
        while idle:
            since, connection = idle.pop()
            if monotonic() - since < KEPT and not _has_input(connection):
                return connection
            connection.close()
        return None

    def _give_back(self, origin: Origin, connection: HTTPConnection) -> None:
        with self._lock:
            self._used.discard(connection)
            if self._closed:
                connection.close()
            elif connection.sock is not None:
                self._idle[origin].append((monotonic(), connection))

    def _new(self, origin: Origin) -> HTTPConnection:
        """Return a new connection; to https through the proxy of the environment (HTTPS_PROXY, NO_PROXY)."""
        if origin.scheme == "http":
            return HTTPConnection(origin.host, origin.port, timeout=self._connect_timeout)
        proxy = _proxy_for(origin)
        if proxy is None:
            return HTTPSConnection(origin.host, origin.port, timeout=self._connect_timeout, context=self._tls)
        connection = HTTPSConnection(
            proxy.hostname or "", proxy.port or 80, timeout=self._connect_timeout, context=self._tls
        )
        connection.set_tunnel(origin.host, origin.port, _proxy_credentials(proxy))
        return connection

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """The certificates that the machine trusts (SSL_CERT_FILE, SSL_CERT_DIR); reading them takes a while."""
        return ssl.create_default_context()


def _origin_of(url: str) -> Origin:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise NoAddressError from None
    if parts.scheme not in ("http", "https") or not host:
        raise NoAddressError
    return Origin(parts.scheme, host, port or (443 if parts.scheme == "https" else 80))


def _has_input(connection: HTTPConnection) -> bool:
    """Whether an idle connection has something to read: its end, for nobody has asked anything."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


def _proxy_for(origin: Origin) -> SplitResult | None:
    address = getproxies().get("https")
    if not address or proxy_bypass(origin.host):
        return None
    return urlsplit(address if "://" in address else f"http://{address}")


def _proxy_credentials(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
