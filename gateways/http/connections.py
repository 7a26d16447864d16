"""Connections that keep the time of a call: no operation on a socket has longer than is left of the whole call.

The timeout of a socket bounds one wait for bytes. A server that sends a byte now and then keeps to it for ever, in the
status line, the headers or the size of a chunk, all of which `http.client` reads without regard to the time.
"""

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from math import inf
from os import environ
from threading import Thread
from time import monotonic
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

_ENDS: ContextVar[float] = ContextVar("ends", default=inf)
"""When the call under way has to be over; urllib3 has nothing by which a caller hands it to a socket."""


@contextmanager
def over_by(ends: float) -> Iterator[None]:
    """Have operations on sockets of the block raise TimeoutError after the monotonic time *ends*."""
    token = _ENDS.set(ends)
    try:
        yield
    finally:
        _ENDS.reset(token)


def keep_time(pools: PoolManager) -> None:
    """Have the pools make connections of this module."""
    pools.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


def trusting_context() -> ssl.SSLContext:
    """Return TLS options that trust the machine's authorities, or those of SSL_CERT_FILE and SSL_CERT_DIR."""
    return _context_for(environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR"))


@cache
def _context_for(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Return the options for these variables, which OpenSSL reads itself; it needs 0.06 s to read the authorities."""
    context = create_urllib3_context()
    context.load_default_certs()
    context.sslsocket_class = _TlsSocket
    return context


class _Socket(socket.socket):
    _longest: float | None = None

    def settimeout(self, value: float | None, /) -> None:
        self._longest = value
        super().settimeout(value)

    def recv_into(self, *args: Any) -> int:
        self._limit()
        return super().recv_into(*args)

    def recv(self, *args: Any) -> bytes:
        self._limit()
        return super().recv(*args)

    def send(self, *args: Any) -> int:
        self._limit()
        return super().send(*args)

    def sendall(self, *args: Any) -> None:
        self._limit()
        super().sendall(*args)

    def _limit(self) -> None:
        left = _time_left()
        super().settimeout(left if self._longest is None else min(left, self._longest))


class _TlsSocket(_Socket, ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        self._limit()
        super().do_handshake(block)


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        """Connect as urllib3 does, which waits for the name's addresses without end, and for each as long as for one.

        Raises as urllib3's own does.
        """
        try:
            return self._connected(monotonic() + min(_time_left(), self.timeout or inf))
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection in time") from error
        except OSError as error:
            raise NewConnectionError(self, f"no connection: {error}") from error

    def _connected(self, ends: float) -> socket.socket:
        """Return a connection to the first address that takes one; each but the last has half of the time left."""
        left = _addresses(self._dns_host, self.port, ends - monotonic())
        failed: OSError | None = None
        while left:
            seconds = (ends - monotonic()) / (2 if len(left) > 1 else 1)
            try:
                return self._connected_to(left.pop(0), max(0.001, seconds))
            except OSError as error:
                failed = error
        raise failed or OSError("the name has no address")

    def _connected_to(self, address_info: Any, seconds: float) -> socket.socket:
        family, kind, protocol, _, address = address_info
        sock = _Socket(family, kind, protocol)
        try:
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(seconds)
            sock.connect(address)
            sock.settimeout(self.timeout)
        except OSError:
            sock.close()
            raise
        return sock


class _TlsConnection(_Connection, HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection by TLS in time") from error


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def _time_left() -> float:
    left = _ENDS.get() - monotonic()
    if left <= 0:
        raise TimeoutError("the time of the call is over")
    return left


def _addresses(host: str, port: int, seconds: float) -> list[Any]:
    """Return a name's addresses. The system's look-up takes no limit: a thread that waits too long for it is left."""
    future: Future[list[Any]] = Future()

    def look_up() -> None:
        try:
            future.set_result(socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            future.set_exception(error)

    Thread(target=look_up, name="name look-up", daemon=True).start()
    return future.result(seconds)
