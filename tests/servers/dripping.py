"""A client that sends a request one byte at a time, or not at all, and never ends it."""

import socket
import ssl
from contextlib import ExitStack, suppress
from time import monotonic

from tests.harness import SOON

PAUSE = 0.02
"""Seconds between two bytes."""


def held_open(port: int, begin: bytes, drips: bytes = b"", tls: ssl.SSLContext | None = None) -> bool:
    """Send *begin*, then *drips* in turn without end; return whether the server still waits for more after a while."""
    with ExitStack() as opened:
        connection = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=SOON))
        if tls:
            connection = opened.enter_context(tls.wrap_socket(connection, server_hostname="127.0.0.1"))
        try:
            connection.sendall(begin)
            connection.settimeout(PAUSE)
            return _is_held(connection, drips)
        except OSError:
            return False


def _is_held(connection: socket.socket, drips: bytes) -> bool:
    until, sent = monotonic() + SOON, 0
    while monotonic() < until:
        with suppress(TimeoutError):
            if not connection.recv(4096):
                return False
        if drips:
            connection.sendall(drips[sent % len(drips) :][:1])
            sent += 1
    return True
