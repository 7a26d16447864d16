"""PostgreSQL for the tests: given, in a container, a private cluster of Debian's, or the local one."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.servers import containers
from tests.servers.postgresql_cluster import Cluster
from tests.servers.processes import wait_until
from tests.servers.tiers import Server, UnavailableError

# A test run does not survive a power cut, so nothing has to be durable.
OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")

START_TIMEOUT = 240.0
"""Seconds for a server to answer after it was started, on a busy machine."""


def given(_run: Path) -> Server:
    """Use the server that the environment names; its user must be allowed to create databases."""
    url = os.environ.get("CROSSDOCK_TEST_DATABASE_URL")
    if not url:
        raise UnavailableError("CROSSDOCK_TEST_DATABASE_URL is not set")
    return _checked(Server(url))


def contained(run: Path) -> Server:
    """Start PostgreSQL 18 in a container."""
    (address,) = containers.start(run, "postgres:18-alpine", 5432, POSTGRES_HOST_AUTH_METHOD="trust")
    server = Server(f"postgresql://postgres@{address}/postgres")
    wait_until(lambda: answers(server), seconds=START_TIMEOUT)
    return _checked(server)


def private(run: Path) -> Server:
    """Start a private cluster of Debian's package."""
    cluster = Cluster(run, OPTIONS)
    cluster.start()
    server = Server(cluster.url)
    wait_until(lambda: answers(server), seconds=START_TIMEOUT, alive=lambda: cluster.alive)
    return _checked(server)


def local(_run: Path) -> Server:
    """Use the server that runs on this machine, if it trusts user postgres."""
    return _checked(Server("postgresql://postgres@127.0.0.1:5432/postgres"))


WAYS = (given, contained, private, local)


@contextmanager
def fresh_database(server: Server, template: str = "template1") -> Iterator[str]:
    """Give the URL of a new database, a copy of *template* (empty by default); drop it afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield url_of(server, name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def url_of(server: Server, database: str) -> str:
    """Return the URL of a database of the server."""
    return urlsplit(server.url)._replace(path=f"/{database}").geturl()


def _checked(server: Server) -> Server:
    if not answers(server):
        raise UnavailableError(f"no PostgreSQL answers at {urlsplit(server.url).hostname}")
    return server


def answers(server: Server) -> bool:
    """Whether the server accepts connections."""
    try:
        psycopg.connect(server.url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
