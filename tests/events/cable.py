"""A TCP cable between a client and a server, to be cut or held still."""

import socket
import threading
from contextlib import suppress


class Cable:
    """Listens on `port` and hands everything on, both ways."""

    def __init__(self, host: str, port: int, at: int = 0) -> None:
        """Lead to a server; listen at any free port, or at the one that is wanted."""
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", at))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._flowing = threading.Event()
        self._flowing.set()
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def hold(self) -> None:
        """Let nothing through; neither side notices."""
        self._flowing.clear()

    def flow(self) -> None:
        """Let through again, also what was held."""
        self._flowing.set()

    def cut(self) -> None:
        """Break all connections; new ones are possible."""
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Break all connections, and take no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.flow()
        self.cut()
        for thread in self._threads:
            thread.join(5.0)
        for end in self._ends:
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._server)
                self.connections += 1
                self._ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    thread = threading.Thread(target=self._carry, args=(source, sink), daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
