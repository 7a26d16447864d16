"""A real HTTP server on loopback with the answers that a test sets, byte by byte if need be."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple


class Received(NamedTuple):
    """A request as it came over the wire; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Respond = Callable[[Received, socket.socket], None]


def answer(status: int, body: bytes | str = b"", content_type: str = "application/json", **headers: str) -> Respond:
    """Answer with this status, body and headers (underscores become hyphens)."""
    data = body.encode() if isinstance(body, str) else body
    fields = {"content-type": content_type, "content-length": str(len(data)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return raw(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + data)


def raw(data: bytes) -> Respond:
    """Send exactly these bytes."""
    return lambda _, connection: connection.sendall(data)


@dataclass
class Server:
    """The server: `respond` answers the next requests; `requests` are those that came."""

    url: str = ""
    respond: Respond = field(default_factory=lambda: answer(200, "{}"))
    requests: list[Received] = field(default_factory=list)

    def serve(self, connection: socket.socket) -> None:
        """Answer the requests of one connection."""
        with connection, connection.makefile("rb") as stream:
            try:
                while line := stream.readline():
                    received = _read(line, stream.readline, stream.read)
                    self.requests.append(received)
                    self.respond(received, connection)
            except OSError:
                return


def _read(line: bytes, readline: Callable[[], bytes], read: Callable[[int], bytes]) -> Received:
    method, target, _ = line.decode().split(" ")
    headers: dict[str, str] = {}
    while (field_line := readline().strip()) != b"":
        name, _, value = field_line.decode().partition(":")
        headers[name.lower()] = value.strip()
    return Received(method, target, headers, read(int(headers.get("content-length", "0"))))


@contextmanager
def serving(respond: Respond | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve on a free port of 127.0.0.1, over TLS if *tls* is given, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(f"http://127.0.0.1:{listener.getsockname()[1]}")
        server.respond = respond or server.respond
        thread = threading.Thread(target=_accept, args=(listener, server, tls), daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def _accept(listener: socket.socket, server: Server, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        if tls:
            try:
                connection = tls.wrap_socket(connection, server_side=True)
            except OSError:
                connection.close()
                continue
        threading.Thread(target=server.serve, args=(connection,), daemon=True).start()
