"""Health probes over HTTP, as JSON: `/livez`, or `/healthz` (is a loop hung?), and `/readyz` (can the loops work?).

At the same port `/metrics` has the process's figures, for Prometheus.

An unavailable broker or database makes a process unready, never dead: restarting the fleet would not bring it back.
"""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader, RawIOBase
from threading import Thread
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from events.bus import Bus
from events.topology import UNROUTED
from ledger.ledger import Ledger
from pipeline.liveness import Liveness
from schemas.errors import CrossdockError, RetryableError, SettingsError
from schemas.settings import Settings
from workers.metrics.process_metrics import ProcessMetrics
from workers.process.parts import Parts
from workers.process.retry import lasting_outages

Check = Callable[[], None]
"""Raises CrossdockError when a dependency of the process is unavailable."""

CACHE_SECONDS = 2.0
"""Seconds a readiness result is reused, so that frequent probes do not load the broker and the database."""

REQUEST_SECONDS = 5.0
"""Seconds that a request has to arrive whole: each connection occupies a thread and a file descriptor."""


SOONEST = 0.001
"""Seconds: the timeout of a read whose time is over, for zero would mean a socket that does not wait at all."""


class Health:
    """The results of both probes."""

    def __init__(self, liveness: Liveness, checks: Mapping[str, Check], metrics: ProcessMetrics | None = None) -> None:
        """Answer `/livez` from *liveness*, `/readyz` from *checks* by name, and `/metrics` from *metrics*."""
        self.metrics = metrics or ProcessMetrics()
        self._liveness = liveness
        self._checks = checks
        self._failures: dict[str, str] = {}
        self._checked_at = -CACHE_SECONDS

    @contextmanager
    def using(self, checks: Mapping[str, Check]) -> Iterator[None]:
        """Use other checks while the block runs."""
        before = self._checks
        self._replace(checks)
        try:
            yield
        finally:
            self._replace(before)

    def _replace(self, checks: Mapping[str, Check]) -> None:
        self._checks, self._checked_at = checks, -CACHE_SECONDS

    def alive(self) -> dict[str, str]:
        """Return the failures of the process itself, by loop; none when it is alive."""
        return dict.fromkeys(self._liveness.hung(), "has exceeded the time limit for one piece of work")

    def unready(self) -> dict[str, str]:
        """Return the failing checks by name, each with its reason; none when the process is ready."""
        if monotonic() - self._checked_at > CACHE_SECONDS:
            failures = {name: _failure(check) for name, check in self._checks.items()}
            # Connections may be fine and the work fail: the reason for which a loop waits counts, too.
            self._failures = lasting_outages() | {name: reason for name, reason in failures.items() if reason}
            self._checked_at = monotonic()
        return self._failures


def _failure(check: Check) -> str:
    try:
        check()
    except CrossdockError as error:
        return str(error)
    return ""


def readiness_checks(parts: Parts) -> dict[str, Check]:
    """Return the checks of a process with these parts: its tables and its broker."""
    return {"database": lambda: _check_ledger(parts.ledger), "broker": lambda: _reach(parts.bus)}


def _check_ledger(ledger: Ledger) -> None:
    ledger.check_version()
    ledger.check_writable()


def _reach(bus: Bus) -> None:
    bus.message_count(UNROUTED)
    if problems := bus.problems():
        raise RetryableError(" ".join(problems))


def _closed() -> None:
    raise RetryableError("The database is not open yet; if this lasts, see the log for the reason.")


@contextmanager
def served(health: Health, host: str, port: int) -> Iterator[int]:
    """Serve probes at *host*:*port* (0: any free port) while the block runs; gives the port. Raises SettingsError."""
    try:
        server = _server(host, port)((host, port), _handler(health))
    except OSError as error:
        raise SettingsError(
            f"CROSSDOCK_HEALTH_HOST {host} with CROSSDOCK_HEALTH_PORT {port} cannot be used: {error.strerror};"
            " choose an address of this machine and a port that is free."
        ) from None
    thread = Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _server(host: str, port: int) -> type[ThreadingHTTPServer]:
    """Return a server class for the host's address family: Python's own serves IPv4 only."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return type("Server", (ThreadingHTTPServer,), {"address_family": family, "daemon_threads": True})


def _handler(health: Health) -> type[BaseHTTPRequestHandler]:
    probes = {"/livez": health.alive, "/healthz": health.alive, "/readyz": health.unready}

    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            super().setup()
            self.rfile = BufferedReader(_Arriving(self.connection, REQUEST_SECONDS))

        def handle(self) -> None:
            with suppress(ConnectionError):  # a port scan disconnects at once
                super().handle()

        def do_GET(self) -> None:
            path = urlsplit(self.path).path.rstrip("/")
            if path == "/metrics":
                page = health.metrics.page(self.headers.get("Accept", ""))
                self._answer(HTTPStatus.OK, page.content_type, page.body)
            elif probe := probes.get(path):
                failures = probe()
                body = json.dumps({"status": "failing" if failures else "ok", "failing": failures}).encode()
                status = HTTPStatus.SERVICE_UNAVAILABLE if failures else HTTPStatus.OK
                self._answer(status, "application/json", body)
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the name that the server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parameter's name there
            """Log nothing: probes come every few seconds."""

    return Handler


class _Arriving(RawIOBase):
    """The bytes of a connection, all of which have to arrive within some seconds: a client may send one at a time."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._until = monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(max(self._until - monotonic(), SOONEST))
        return self._connection.recv_into(buffer)


@contextmanager
def serving_probes(settings: Settings, liveness: Liveness, metrics: ProcessMetrics) -> Iterator[Health]:
    """Serve probes and metrics while the block runs, if the settings name a port.

    Gives the health, which is unready until it uses `readiness_checks`.
    """
    health = Health(liveness, {"database": _closed}, metrics)
    if settings.health_port is None:
        yield health
        return
    with served(health, settings.health_host, settings.health_port):
        yield health
