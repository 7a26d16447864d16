"""PgBouncer of Debian's package before a PostgreSQL, for one test."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg

from tests.servers.processes import end, free_port, launch, wait_until
from tests.servers.tiers import UnavailableError

CONFIGURATION = """\
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {size}
"""
START_TIMEOUT = 60.0


@contextmanager
def pooled(database_url: str, mode: str, *, size: int = 10) -> Iterator[str]:
    """Give the URL of a database behind a pooler of this mode. Raises UnavailableError where it is not installed."""
    with TemporaryDirectory() as folder:
        yield from _pooled(database_url, Path(folder), mode, size)


def _pooled(database_url: str, folder: Path, mode: str, size: int) -> Iterator[str]:
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise UnavailableError("PgBouncer is not installed (Debian: apt install pgbouncer)")
    parts, listen_port = urlsplit(database_url), free_port()
    (folder / "users").write_text(f'"{parts.username}" ""\n')
    (folder / "pgbouncer.ini").write_text(
        CONFIGURATION.format(
            host=parts.hostname, port=parts.port, listen_port=listen_port, folder=folder, mode=mode, size=size
        )
    )
    url = parts._replace(netloc=f"{parts.username}@127.0.0.1:{listen_port}").geturl()
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    user = "nobody" if os.geteuid() == 0 else None  # it refuses to run as root
    process = launch(folder, [program, str(folder / "pgbouncer.ini")], user=user)
    try:
        wait_until(lambda: _answers(url), seconds=START_TIMEOUT, alive=lambda: process.poll() is None)
        yield url
    finally:
        end(folder, process, signal.SIGKILL)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
