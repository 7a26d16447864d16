"""A connection to RabbitMQ in a thread of its own, which reconnects until it is closed."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol

import structlog
from pika import ConnectionParameters, PlainCredentials, SelectConnection, SSLOptions
from pika.adapters.select_connection import IOLoop
from pika.frame import Method

from events.rabbitmq.error_text import describe_error
from events.rabbitmq.pika_connection import BufferedConnection
from events.rabbitmq.url import Address
from schemas.errors import SettingsError
from schemas.safe_errors import describe, stack

HEARTBEAT = 10
"""Seconds. A dead peer is noticed after two to three of them; RabbitMQ warns below 5."""

BLOCKED_TIMEOUT = 60.0
SOCKET_TIMEOUT = 5.0
STACK_TIMEOUT = 10.0
"""Seconds for TCP, TLS and AMQP together."""

STABLE_AFTER = 10.0
"""Seconds after which a connection counts as stable: when it is lost, the next attempt is made at once."""

MAX_BACKOFF = 30.0
"""Seconds. With more, queues would grow long after the broker is back."""

_JITTER = Random()  # noqa: S311 - nothing here is a secret
"""Of its own: the process's shared random numbers belong to the code that seeded them."""

log = structlog.get_logger(__name__)
# pika logs each failed attempt in several tracebacks, and each frame for a closed channel as critical; an outage is
# logged here, once.
logging.getLogger("pika").setLevel(logging.CRITICAL + 1)


def backoff(failures: int) -> float:
    """Return seconds before the next attempt: 0 after the first failure, then 1 growing to 30, each less up to half."""
    if failures <= 1:
        return 0.0
    seconds = min(MAX_BACKOFF, 2.0 ** min(failures - 2, 10))
    return seconds * _JITTER.uniform(0.5, 1.0)


class ConnectionListener(Protocol):
    """A user of a connection. Called in the connection's thread only."""

    def on_open(self, connection: SelectConnection) -> None:
        """The connection is open. Any earlier one is lost."""

    def on_lost(self, problem: str) -> None:
        """The connection was lost, or no host could be reached. `problem` is a whole sentence."""


class RabbitConnection:
    """Keeps one connection to one of several hosts.

    For other threads: `closed`, `add_listener`, `call_threadsafe` and `close`.
    """

    def __init__(self, addresses: Sequence[Address], name: str) -> None:
        """Keep the addresses; the thread starts, and connects, with the first listener."""
        self._addresses = addresses
        for address in addresses:  # a wrong TLS file is an error of the settings
            _parameters(address, name)
        self._hosts = [address.display for address in addresses]
        self._name = name
        self._loop = IOLoop()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._listeners: list[ConnectionListener] = []
        self._connection: SelectConnection | None = None
        self._host_index = 0
        self._hosts_tried = 0
        self._failures = 0
        self._opened_at = 0.0
        self._problem = ""
        self.alarm = ""
        """The broker's reason for an alarm, while it blocks this connection."""

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed.is_set()

    def add_listener(self, listener: ConnectionListener) -> None:
        """Call the listener's `on_open` now, or as soon as the connection is open, and after each reconnect."""
        with self._lock:
            if self._thread is None and not self.closed:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        self.call_threadsafe(lambda: self._add_listener(listener))

    def remove_listener(self, listener: ConnectionListener) -> None:
        """Call the listener no more. For the connection's thread."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def call_threadsafe(self, callback: Callable[[], None]) -> None:
        """Have a callback run in the connection's thread. After `close` it is not run."""
        self._loop.add_callback_threadsafe(callback)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Have a callback run after so many seconds. For the connection's thread."""
        self._loop.call_later(seconds, callback)

    def close(self, timeout: float = 5.0) -> None:
        """Close the connection and end its thread, after *timeout* seconds even if the broker does not answer."""
        with self._lock:
            self._closed.set()
            thread = self._thread
        if thread is None:
            self._loop.close()
            return
        self.call_threadsafe(self._close_connection)
        thread.join(timeout)
        if thread.is_alive():
            self.call_threadsafe(self._loop.stop)
            thread.join(1.0)

    def _run(self) -> None:
        self.call_threadsafe(self._connect)
        while True:
            try:
                self._loop.start()
                break
            except Exception as error:  # noqa: BLE001 - logged
                # An error in one listener must not end the thread that all share; a new connection starts clean.
                self._log_failure(error)
                self._close_connection()
        self._loop.close()

    def _log_failure(self, error: Exception) -> None:
        # Without its text, which may repeat a message.
        reason = describe(error)
        log.error("connection thread failed", connection=self._name, error=reason, stack_trace=stack(error))

    def _add_listener(self, listener: ConnectionListener) -> None:
        self._listeners.append(listener)
        if self._connection is not None and self._connection.is_open:
            listener.on_open(self._connection)

    def _connect(self) -> None:
        if self.closed or self._connection is not None:
            return
        try:
            parameters = _parameters(self._addresses[self._host_index], self._name)
        except SettingsError as error:  # while certificates are replaced
            self._on_lost(str(error))
            return
        self._connection = BufferedConnection(
            parameters,
            on_open_callback=self._on_open,
            on_open_error_callback=self._on_open_error,
            on_close_callback=self._on_close,
            custom_ioloop=self._loop,
        )

    def _on_open(self, connection: SelectConnection) -> None:
        self._hosts_tried = 0
        self._opened_at = time.monotonic()
        connection.add_on_connection_blocked_callback(self._on_blocked)
        connection.add_on_connection_unblocked_callback(self._on_unblocked)
        if self._problem:
            self._problem = ""
            log.info("broker connection restored", connection=self._name, host=self._hosts[self._host_index])
        for listener in tuple(self._listeners):
            listener.on_open(connection)

    def _on_blocked(self, _connection: SelectConnection, frame: Method) -> None:
        self.alarm = frame.method.reason or "the broker gives no reason"
        log.warning("broker alarm, publications blocked", connection=self._name, reason=self.alarm)

    def _on_unblocked(self, _connection: SelectConnection, _frame: Method) -> None:
        self.alarm = ""
        log.info("broker alarm cleared", connection=self._name)

    def _on_open_error(self, _connection: SelectConnection, error: BaseException) -> None:
        problem = f"RabbitMQ at {self._hosts[self._host_index]} cannot be reached: {describe_error(error)}."
        self._host_index = (self._host_index + 1) % len(self._hosts)
        self._hosts_tried += 1
        self._connection = None
        if self._hosts_tried < len(self._hosts) and not self.closed:
            self._connect()
        else:
            self._on_lost(problem)

    def _on_close(self, _connection: SelectConnection, error: BaseException) -> None:
        if time.monotonic() - self._opened_at > STABLE_AFTER:
            self._failures = 0
        self._on_lost(
            f"The connection to RabbitMQ at {self._hosts[self._host_index]} was lost: {describe_error(error)}."
        )

    def _on_lost(self, problem: str) -> None:
        """Inform the listeners, and reconnect after a while unless closed."""
        self._hosts_tried = 0
        self._connection = None
        self.alarm = ""
        for listener in tuple(self._listeners):
            listener.on_lost(problem)
        if self.closed:
            self._loop.stop()
            return
        if problem != self._problem:  # the newest reason counts, not the first of an outage
            log.warning("broker connection lost", connection=self._name, error=problem)
        self._problem = problem
        self._failures += 1
        self._loop.call_later(backoff(self._failures), self._connect)

    def _close_connection(self) -> None:
        connection = self._connection
        if connection is None or connection.is_closed:
            self._on_lost("The connection to RabbitMQ was closed by Crossdock.")
        elif not connection.is_closing:
            connection.close()


def _parameters(address: Address, name: str) -> ConnectionParameters:
    """Return pika's parameters, made for each connection: certificates are replaced while processes run."""
    return ConnectionParameters(
        host=address.host,
        port=address.port,
        virtual_host=address.vhost,
        credentials=PlainCredentials(address.user, address.password),
        ssl_options=SSLOptions(address.tls.context(), address.host) if address.tls else None,
        heartbeat=HEARTBEAT,
        blocked_connection_timeout=BLOCKED_TIMEOUT,
        socket_timeout=SOCKET_TIMEOUT,
        stack_timeout=STACK_TIMEOUT,
        connection_attempts=1,
        client_properties={"connection_name": name},
    )
