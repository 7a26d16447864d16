"""A connection to RabbitMQ in a thread of its own, made again for as long as it is wanted."""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog
from pika import ConnectionParameters, PlainCredentials, SelectConnection, SSLOptions
from pika.adapters.select_connection import IOLoop

from events.rabbitmq.error_text import describe_error
from events.rabbitmq.pika_connection import TolerantConnection
from events.rabbitmq.url import Address

LONGEST = 30.0
"""Seconds. More would leave a queue standing long after the broker is back."""


def backoff(failures: int) -> float:
    """Return seconds before the next try: none after the first failure, then 1 growing to 30, each less up to half."""
    if failures <= 1:
        return 0.0
    grown = min(LONGEST, 2.0 ** min(failures - 2, 10))
    return grown * random.uniform(0.5, 1.0)  # noqa: S311 spreads the herd; nothing here is a secret


HEARTBEAT = 10
"""Seconds. A dead peer is noticed after two to three of them; RabbitMQ warns below 5."""

BLOCKED_FOR = 60.0
SOCKET_SECONDS = 5.0
STACK_SECONDS = 10.0

STEADY = 10.0
"""Seconds after which a connection counts as good, so that its loss is answered at once."""

log = structlog.get_logger(__name__)
# pika tells each failed try in several tracebacks, and every frame that a channel's end overtakes as critical; what
# matters of it is said here, once an outage.
logging.getLogger("pika").setLevel(logging.CRITICAL + 1)


class ConnectionListener(Protocol):
    """Who lives on a connection. Called in the connection's thread only."""

    def on_open(self, connection: SelectConnection) -> None:
        """There is a connection. Any earlier one is gone."""

    def on_lost(self, problem: str) -> None:
        """There is none: it was lost, or no host could be reached. `problem` is a whole sentence."""


class RabbitConnection:
    """Keeps one connection to one of several hosts. For other threads: `attach`, `call` and `close`."""

    def __init__(self, addresses: Sequence[Address], name: str) -> None:
        """Remember where to go; the thread starts with the first tenant."""
        self._parameters = [_parameters(address, name) for address in addresses]
        self._places = [address.display for address in addresses]
        self._name = name
        self._loop = IOLoop()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._tenants: list[ConnectionListener] = []
        self._connection: SelectConnection | None = None
        self._host = 0
        self._tried = 0
        self._failures = 0
        self._opened_at = 0.0
        self._outage = False

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._stopping.is_set()

    def attach(self, tenant: ConnectionListener) -> None:
        """Let a tenant in: it hears of the connection, now or as soon as there is one."""
        with self._starting:
            if self._thread is None and not self.closed:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        self.call(lambda: self._let_in(tenant))

    def call(self, work: Callable[[], None]) -> None:
        """Have something done in the connection's thread. After `close` it is not done."""
        self._loop.add_callback_threadsafe(work)

    def leave(self, tenant: ConnectionListener) -> None:
        """Forget a tenant. For the connection's thread."""
        if tenant in self._tenants:
            self._tenants.remove(tenant)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Have something done after a while. For the connection's thread."""
        self._loop.call_later(seconds, work)

    def close(self, within: float = 5.0) -> None:
        """End connection and thread; a peer that does not answer is left after *within* seconds."""
        with self._starting:
            self._stopping.set()
            thread = self._thread
        if thread is None:
            self._loop.close()
            return
        self.call(self._shut)
        thread.join(within)
        if thread.is_alive():
            self.call(self._loop.stop)
            thread.join(1.0)

    def _run(self) -> None:
        self.call(self._attempt)
        while True:
            try:
                self._loop.start()
                break
            except Exception:
                # A fault in one tenant must not end the thread that all live on; a new connection starts clean.
                log.exception("connection thread failed", connection=self._name)
                self._shut()
        self._loop.close()

    def _let_in(self, tenant: ConnectionListener) -> None:
        self._tenants.append(tenant)
        if self._connection is not None and self._connection.is_open:
            tenant.on_open(self._connection)

    def _attempt(self) -> None:
        if self.closed or self._connection is not None:
            return
        self._connection = TolerantConnection(
            self._parameters[self._host],
            on_open_callback=self._on_open,
            on_open_error_callback=self._on_open_error,
            on_close_callback=self._on_close,
            custom_ioloop=self._loop,
        )

    def _on_open(self, connection: SelectConnection) -> None:
        self._tried = 0
        self._opened_at = time.monotonic()
        if self._outage:
            self._outage = False
            log.info("broker back", connection=self._name, host=self._places[self._host])
        for tenant in tuple(self._tenants):
            tenant.on_open(connection)

    def _on_open_error(self, _connection: SelectConnection, error: BaseException) -> None:
        problem = f"RabbitMQ at {self._places[self._host]} cannot be reached: {describe_error(error)}."
        self._host = (self._host + 1) % len(self._places)
        self._tried += 1
        self._connection = None
        if self._tried < len(self._places) and not self.closed:
            self._attempt()
        else:
            self._away(problem)

    def _on_close(self, _connection: SelectConnection, error: BaseException) -> None:
        if time.monotonic() - self._opened_at > STEADY:
            self._failures = 0
        self._away(f"The connection to RabbitMQ at {self._places[self._host]} was lost: {describe_error(error)}.")

    def _away(self, problem: str) -> None:
        self._tried = 0
        self._connection = None
        for tenant in tuple(self._tenants):
            tenant.on_lost(problem)
        if self.closed:
            self._loop.stop()
            return
        if not self._outage:
            self._outage = True
            log.warning("broker away", connection=self._name, problem=problem)
        self._failures += 1
        self._loop.call_later(backoff(self._failures), self._attempt)

    def _shut(self) -> None:
        connection = self._connection
        if connection is None or connection.is_closed:
            self._away("The connection to RabbitMQ was closed here.")
        elif not connection.is_closing:
            connection.close()


def _parameters(address: Address, name: str) -> ConnectionParameters:
    return ConnectionParameters(
        host=address.host,
        port=address.port,
        virtual_host=address.vhost,
        credentials=PlainCredentials(address.user, address.password),
        ssl_options=SSLOptions(address.tls.context(), address.host) if address.tls else None,
        heartbeat=HEARTBEAT,
        blocked_connection_timeout=BLOCKED_FOR,
        socket_timeout=SOCKET_SECONDS,
        stack_timeout=STACK_SECONDS,
        connection_attempts=1,
        client_properties={"connection_name": name},
    )
