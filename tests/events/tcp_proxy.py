"""A TCP proxy between a client and a server, whose connections can be cut or stalled, and its data cut in pieces."""

import socket
import threading
from contextlib import suppress


class TcpProxy:
    """Listens on `port` of 127.0.0.1 and forwards bytes both ways."""

    def __init__(self, host: str, port: int, listen_port: int = 0, piece: int = 65536) -> None:
        """Forward to a server, *piece* bytes at a time; listen at any free port, or at *listen_port*."""
        self._server = (host, port)
        self._piece = piece
        self._listener = socket.create_server(("127.0.0.1", listen_port))
        self.port: int = self._listener.getsockname()[1]
        self._flowing = threading.Event()
        self._flowing.set()
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def stall(self) -> None:
        """Forward nothing; neither side notices."""
        self._flowing.clear()

    def resume(self) -> None:
        """Forward again, stalled bytes included."""
        self._flowing.set()

    def cut(self) -> None:
        """Close all connections; new ones are possible."""
        for end in self._sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close all connections, and accept no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()  # which may be accepting one: it would not be cut
        self._listener.close()
        self.resume()
        self.cut()
        for thread in self._threads:
            thread.join()
        for end in self._sockets:
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                server = socket.create_connection(self._server)
                self._sockets.append(server)
                for source, sink in ((client, server), (server, client)):
                    thread = threading.Thread(target=self._forward, args=(source, sink), daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(self._piece):
                self._flowing.wait()
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
