"""A connection to a server that a test cuts and restores."""

from urllib.parse import urlsplit

from tests.events.tcp_proxy import TcpProxy
from tests.servers.processes import free_port


class Link:
    """The connection to a server, which may be cut and restored at the same port."""

    def __init__(self, url: str, default_port: int) -> None:
        """Choose a free port; start cut."""
        parts = urlsplit(url)
        self._to = (parts.hostname or "127.0.0.1", parts.port or default_port)
        self._port = free_port()
        self._cable = TcpProxy(*self._to, listen_port=self._port)
        user = f"{parts.username}:{parts.password}@" if parts.password else f"{parts.username}@"
        self.url = parts._replace(netloc=f"{user}127.0.0.1:{self._port}").geturl()
        self.cut()

    def cut(self) -> None:
        """Refuse all connections."""
        self._cable.close()

    def restore(self) -> None:
        """Accept connections again."""
        self._cable = TcpProxy(*self._to, listen_port=self._port)
