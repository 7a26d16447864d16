"""Databases that are copies of templates, which the run makes once: with our tables, or as a test prepares them."""

import json
import shutil
import uuid
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import psycopg

from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from tests.servers import postgresql
from tests.servers.tiers import Server, made_once

POSTGRESQL = "postgresql-template"

Prepare = Callable[[str], None]
"""A function that prepares the empty database at a URL, which is then copied."""


def migrated(url: str) -> None:
    """Make our tables, with no rows."""
    with closing(Ledger.open(url, Cipher.of([bytes(32)]))) as ledger:
        ledger.migrate()


def migrated_sqlite(path: Path) -> str:
    """Return the URL of a new SQLite database at *path*, with our tables and no rows."""
    return sqlite_copy(path, migrated)


def sqlite_copy(path: Path, prepare: Prepare) -> str:
    """Return the URL of a new SQLite database at *path*, as *prepare* makes it."""
    shutil.copyfile(str(made_once(f"sqlite-template-{prepare.__name__}", lambda run: _make_sqlite(run, prepare))), path)
    return f"sqlite:///{path}"


def postgresql_template(server: Server, prepare: Prepare = migrated) -> str:
    """Return the name of the server's database to copy, as *prepare* makes it."""
    return str(made_once(f"{POSTGRESQL}-{prepare.__name__}", lambda _: _make_postgresql(server, prepare))["name"])


def drop_templates(run: Path) -> None:
    """Drop the templates of the run: their server may outlive it."""
    for note in run.glob(f"{POSTGRESQL}-*.json"):
        template = json.loads(note.read_text())
        with suppress(psycopg.OperationalError), psycopg.connect(template["server"], autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {template['name']} WITH (FORCE)")


def _make_sqlite(run: Path, prepare: Prepare) -> str:
    path = run / f"{prepare.__name__}.db"
    prepare(f"sqlite:///{path}")
    return str(path)


def _make_postgresql(server: Server, prepare: Prepare) -> dict[str, str]:
    name = f"template_{uuid.uuid4().hex}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    prepare(postgresql.url_of(server, name))
    return {"server": server.url, "name": name}
