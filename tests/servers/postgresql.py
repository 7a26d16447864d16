"""PostgreSQL for the tests: given, in a container, a private cluster of Debian's, or this machine's own."""

import os
import re
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.servers import containers
from tests.servers.processes import free_port, launch, wait_until
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
    wait_until(lambda: _answers(server), seconds=60)
    return _checked(server)


def private(run: Path) -> Server:
    """A cluster of its own from Debian's package; as root it runs as user postgres, since it refuses root."""
    programs = _programs()
    user = "postgres" if os.geteuid() == 0 else None
    home = run / "postgresql"
    home.mkdir()
    if user:
        run.chmod(0o711)  # so that the other user can pass through
        shutil.chown(home, user)
    cluster = home / "cluster"
    initdb = [
        f"{programs}/initdb",
        "-D",
        str(cluster),
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--auth=trust",
        "--no-sync",
    ]
    subprocess.run(initdb, user=user, cwd=home, check=True, capture_output=True)
    port = free_port()
    options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *OPTIONS]
    command = [
        f"{programs}/postgres",
        "-D",
        str(cluster),
        *(part for option in options for part in ("-c", option)),
    ]
    # Ended at once but by its own hand: killed, it would leave its shared memory behind.
    process = launch(run, command, user=user, end_with=signal.SIGQUIT)
    server = Server(f"postgresql://postgres@127.0.0.1:{port}/postgres")
    wait_until(lambda: _answers(server), seconds=30, alive=lambda: process.poll() is None)
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


def _programs() -> Path:
    """The folder of the newest PostgreSQL that Debian has installed."""
    folders = [initdb.parent for initdb in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not folders:
        raise UnavailableError("PostgreSQL is not installed (Debian: apt install postgresql)")
    return max(folders, key=lambda folder: [int(part) for part in re.findall(r"\d+", str(folder))])


def _checked(server: Server) -> Server:
    if not _answers(server):
        raise UnavailableError(f"no PostgreSQL answers at {urlsplit(server.url).hostname}")
    return server


def _answers(server: Server) -> bool:
    try:
        psycopg.connect(server.url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
