"""The intake's server: one loop of a process, which serves until it is stopped, and answers all begun requests."""

import socket
from collections.abc import Callable
from threading import Event, Thread

import structlog
import uvicorn
from fastapi import FastAPI

from schemas.errors import SettingsError
from workers.process.served_certificate import ServedCertificate
from workers.process.timed_requests import TimedRequests

log = structlog.get_logger(__name__)

GRACE = 10
"""Seconds that requests under way have left after a stop."""

MAX_REQUESTS = 512
"""At a time; further ones get a 503 at once."""


class IntakeServer:
    """Serves an application at one address."""

    def __init__(
        self,
        app: FastAPI,
        host: str,
        port: int,
        close: Callable[[], None] | None = None,
        certificate: ServedCertificate | None = None,
    ) -> None:
        """Take the address (port 0: any free one), and call *close* at the end. Raises SettingsError.

        Without a certificate it is plain HTTP.
        """
        self._close = close
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            self._socket = socket.create_server((host, port), family=family, backlog=512)
        except OSError as error:
            raise SettingsError(
                f"CROSSDOCK_INTAKE_HOST {host} with CROSSDOCK_INTAKE_PORT {port} cannot be used: {error.strerror};"
                " choose an address of this machine and a port that is free."
            ) from None
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            http=TimedRequests,
            limit_concurrency=MAX_REQUESTS,
            timeout_graceful_shutdown=GRACE,
            ssl_context_factory=certificate.for_uvicorn if certificate else None,
        )
        self._server = uvicorn.Server(config)

    @property
    def port(self) -> int:
        """The port that is served."""
        return int(self._socket.getsockname()[1])

    def run(self, stop: Event) -> None:
        """Serve until *stop* is set."""
        Thread(target=self._end_with, args=(stop,), name="intake stop", daemon=True).start()
        log.info("intake started", port=self.port)
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()
            if self._close:
                self._close()

    def _end_with(self, stop: Event) -> None:
        stop.wait()
        self._server.should_exit = True
