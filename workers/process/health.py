"""Health that tells the truth: `/livez` (is the process hung?) and `/readyz` (can it work now?), as small JSON answers.

A broker or a database that is away makes a process unready, never dead: restarting the fleet would not bring it back.
"""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic

from events.bus import Bus
from events.topology import UNROUTED
from pipeline.liveness import Liveness
from schemas.errors import CrossdockError, RetryableError, SettingsError
from schemas.settings import Settings
from workers.process.bootstrap import Parts

Check = Callable[[], None]
"""Raises CrossdockError when something that the process needs is away."""

KEPT = 2.0
"""Seconds an answer about readiness is kept, so that probes cost the broker and the database nothing to speak of."""

SILENCE = 5.0
"""Seconds a connection may say nothing before it is closed: each one holds a thread and a file."""


class Health:
    """What the two questions are answered from."""

    def __init__(self, pulse: Liveness, checks: Mapping[str, Check]) -> None:
        """Answer from *pulse* and from *checks* by name."""
        self._pulse = pulse
        self._checks = checks
        self._known: dict[str, str] = {}
        self._known_at = -KEPT

    @contextmanager
    def asking(self, checks: Mapping[str, Check]) -> Iterator[None]:
        """Answer from other checks while the block runs."""
        before = self._checks
        self._replace(checks)
        try:
            yield
        finally:
            self._replace(before)

    def _replace(self, checks: Mapping[str, Check]) -> None:
        self._checks, self._known_at = checks, -KEPT

    def alive(self) -> dict[str, str]:
        """Return what is wrong with the process itself, by loop; nothing when it is alive."""
        return dict.fromkeys(self._pulse.hung(), "has been at one piece of work for too long")

    def unready(self) -> dict[str, str]:
        """Return what keeps the process from working, by name; nothing when it is ready."""
        if monotonic() - self._known_at > KEPT:
            failures = {name: _failure(check) for name, check in self._checks.items()}
            self._known = {name: reason for name, reason in failures.items() if reason}
            self._known_at = monotonic()
        return self._known


def _failure(check: Check) -> str:
    try:
        check()
    except CrossdockError as error:
        return str(error)
    return ""


def checks_of(parts: Parts) -> dict[str, Check]:
    """Return what a process with these parts needs: its tables and its broker."""
    return {"database": parts.ledger.check_version, "broker": lambda: _reach(parts.bus)}


def _reach(bus: Bus) -> None:
    bus.message_count(UNROUTED)


def _closed() -> None:
    raise RetryableError("The database is not open; if it stays so, the log says what the process waits for.")


@contextmanager
def served(health: Health, host: str, port: int) -> Iterator[int]:
    """Answer probes at *host*:*port* (0: any free one) while the block runs; gives the port. Raises SettingsError."""
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
    """Return a server for the kind of address that the host has: Python's own takes IPv4 only."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return type("Server", (ThreadingHTTPServer,), {"address_family": family, "daemon_threads": True})


def _handler(health: Health) -> type[BaseHTTPRequestHandler]:
    questions = {"/livez": health.alive, "/readyz": health.unready}

    class Handler(BaseHTTPRequestHandler):
        timeout = SILENCE

        def handle(self) -> None:
            with suppress(ConnectionError):  # who only looks whether the port is open hangs up in the middle
                super().handle()

        def do_GET(self) -> None:
            question = questions.get(self.path)
            if question is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            wrong = question()
            body = json.dumps({"status": "failing" if wrong else "ok", "failing": wrong}).encode()
            self.send_response(HTTPStatus.SERVICE_UNAVAILABLE if wrong else HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parameter's name there
            """Probes come every few seconds; they are not worth a line."""

    return Handler


@contextmanager
def answering_probes(settings: Settings, pulse: Liveness) -> Iterator[Health]:
    """Answer probes while the block runs, where the settings name a port.

    Gives the health they are answered from. It is unready, for want of a database, until it is asking `checks_of`.
    """
    health = Health(pulse, {"database": _closed})
    if settings.health_port is None:
        yield health
        return
    with served(health, settings.health_host, settings.health_port):
        yield health
