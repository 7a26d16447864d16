"""The server of the console: uvicorn in a thread of its own, on a socket that is bound before it is announced."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EADDRINUSE
from threading import Thread
from time import sleep

import uvicorn
from fastapi import FastAPI

from schemas.errors import RetryableError, SettingsError
from schemas.hosts import is_this_machine
from schemas.settings import Settings
from workers.process.served_certificate import served_certificate
from workers.process.timed_requests import TimedRequests

GRACE = 5
"""Seconds that requests and streams have to end when the server stops."""

START_CHECK_INTERVAL = 0.02


@contextmanager
def serving(app: FastAPI, settings: Settings, *, or_free_port: bool = False) -> Iterator[str]:
    """Serve *app* until the block ends; gives the address.

    Raises SettingsError when it may or can not be served, RetryableError when another program uses the port, unless
    with *or_free_port*.
    """
    certificate = served_certificate(
        "CROSSDOCK_CONSOLE_TLS", settings.console_tls_cert_file, settings.console_tls_key_file
    )
    listener = _listen(settings, or_free_port=or_free_port)
    app.state.stopping.clear()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        http=TimedRequests,
        ssl_context_factory=certificate.for_uvicorn if certificate else None,
        timeout_graceful_shutdown=GRACE,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="console")
    thread.start()
    try:
        while not server.started and thread.is_alive():
            sleep(START_CHECK_INTERVAL)
        yield _address(settings, listener)
    finally:
        app.state.stopping.set()
        server.should_exit = True
        thread.join()
        listener.close()


def _listen(settings: Settings, *, or_free_port: bool) -> socket.socket:
    host, port = settings.console_host, settings.console_port
    if not (settings.console_tls_cert_file or settings.allow_unencrypted or is_this_machine(host)):
        raise SettingsError(
            f"CROSSDOCK_CONSOLE_HOST is {host}, which other machines reach, and passwords would travel unencrypted: set"
            " CROSSDOCK_CONSOLE_TLS_CERT_FILE, or behind a proxy with TLS CROSSDOCK_ALLOW_UNENCRYPTED=true."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno != EADDRINUSE:
            raise SettingsError(f"CROSSDOCK_CONSOLE_HOST is {host}, which is no address of this machine.") from None
        if or_free_port:
            return socket.create_server((host, 0), family=family)
        raise RetryableError(
            f"The console cannot listen at port {port}, which another program uses; set CROSSDOCK_CONSOLE_PORT."
        ) from None


def _address(settings: Settings, listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    scheme = "https" if settings.console_tls_cert_file else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
