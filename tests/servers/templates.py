"""Databases with our tables, copied from templates that the run migrates once."""

import json
import shutil
import uuid
from contextlib import closing, suppress
from pathlib import Path

import psycopg

from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from tests.servers import postgresql
from tests.servers.tiers import Server, made_once

POSTGRESQL = "postgresql-template"


def migrated_sqlite(path: Path) -> str:
    """Return the URL of a new SQLite database at *path*, with our tables and no rows."""
    shutil.copyfile(str(made_once("sqlite-template", _make_sqlite)), path)
    return f"sqlite:///{path}"


def postgresql_template(server: Server) -> str:
    """Return the name of the server's database to copy, with our tables and no rows."""
    return str(made_once(POSTGRESQL, lambda _: _make_postgresql(server))["name"])


def drop_template(run: Path) -> None:
    """Drop the template of the run, if it has one: its server may outlive it."""
    note = run / f"{POSTGRESQL}.json"
    if not note.exists():
        return
    template = json.loads(note.read_text())
    with suppress(psycopg.OperationalError), psycopg.connect(template["server"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {template['name']} WITH (FORCE)")


def _make_sqlite(run: Path) -> str:
    path = run / "template.db"
    _migrate(f"sqlite:///{path}")
    return str(path)


def _make_postgresql(server: Server) -> dict[str, str]:
    name = f"template_{uuid.uuid4().hex}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    _migrate(postgresql.url_of(server, name))
    return {"server": server.url, "name": name}


def _migrate(url: str) -> None:
    with closing(Ledger.open(url, Cipher.of([bytes(32)]))) as ledger:
        ledger.migrate()
