"""PostgreSQL for the tests: given, in a container, a private cluster of Debian's, or this machine's own."""

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

# Tests do not outlive a power cut, so nothing has to reach the disk.
OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


def given(_run: Path) -> Server:
    """The database server that the environment names; its user must be allowed to create databases."""
    url = os.environ.get("CROSSDOCK_TEST_DATABASE_URL")
    if not url:
        raise UnavailableError("CROSSDOCK_TEST_DATABASE_URL is not set")
    return _checked(Server(url))


def contained(run: Path) -> Server:
    """PostgreSQL 18 in a container."""
    (address,) = containers.start(run, "postgres:18-alpine", 5432, POSTGRES_HOST_AUTH_METHOD="trust")
    server = Server(f"postgresql://postgres@{address}/postgres")
    wait_until(lambda: answers(server), seconds=60)
    return _checked(server)


def private(run: Path) -> Server:
    """A cluster of its own from Debian's package."""
    cluster = Cluster(run, OPTIONS)
    cluster.start()
    server = Server(cluster.url)
    wait_until(lambda: answers(server), seconds=30, alive=lambda: cluster.alive)
    return _checked(server)


def local(_run: Path) -> Server:
    """The server that already runs on this machine, if it trusts user postgres."""
    return _checked(Server("postgresql://postgres@127.0.0.1:5432/postgres"))


WAYS = (given, contained, private, local)


@contextmanager
def fresh_database(server: Server) -> Iterator[str]:
    """The URL of a database that is empty, and gone afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(server.url)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _checked(server: Server) -> Server:
    if not answers(server):
        raise UnavailableError(f"no PostgreSQL answers at {urlsplit(server.url).hostname}")
    return server


def answers(server: Server) -> bool:
    """Whether it takes connections."""
    try:
        psycopg.connect(server.url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
