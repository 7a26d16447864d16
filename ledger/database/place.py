"""The place of a database: host and identity, which tell the original from its copies, where they can be read."""

import socket
from pathlib import Path

from sqlalchemy import Connection, text

_LOCAL = ("localhost", "127.0.0.1", "::1", "")

_MAY_READ = text("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')")
_SYSTEM = text("SELECT system_identifier FROM pg_control_system()")
_DATABASE = text("SELECT current_database(), oid FROM pg_database WHERE datname = current_database()")


def place_of(connection: Connection) -> str:
    """Return the place of a database in one line.

    On SQLite it is the file's path and its inode: a device's number changes with a restart of the machine. On
    PostgreSQL it is the cluster's identifier, where the role may read it, the database, and the server by the name that
    the URL gives it: a server's address changes with every restart of its container. A server on this machine has this
    machine's name.
    """
    url = connection.engine.url
    if connection.dialect.name == "sqlite":
        path = Path(url.database or "").resolve()
        return f"{path}, inode {path.stat().st_ino}" if path.is_file() else str(path)
    may_read = connection.execute(_MAY_READ).scalar_one()
    system = connection.execute(_SYSTEM).scalar_one() if may_read else "unknown"
    name, oid = connection.execute(_DATABASE).one()
    return f"{name} ({oid}) of cluster {system} at {_host(url.host, url.query.get('host'))}:{url.port or 5432}"


def _host(host: str | None, listed: str | tuple[str, ...] | None) -> str:
    named = host or (listed if isinstance(listed, str) else ",".join(listed or ()))
    return socket.gethostname() if named in _LOCAL or named.startswith("/") else named
