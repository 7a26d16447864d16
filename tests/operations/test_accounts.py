"""The files that make the accounts: servers read them, a repetition keeps the passwords, and roles have DML alone."""

import json
import os
import shlex
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from operations.accounts import write_accounts
from operations.errors import RefusedActionError
from tests.harness import VAULT_KEY
from tests.servers.tiers import Server

Lines = set[tuple[str, ...]]


def _write(
    folder: Path, prefix: str = "crossdock-", database: str = "crossdock", vhost: str = "shop"
) -> dict[str, str]:
    """Write the files, and return the passwords by variable."""
    write_accounts(folder, vhost, database, prefix, ["erp"])
    return dict(line.split("=") for line in (folder / "accounts.env").read_text().splitlines())


def test_a_repetition_keeps_the_passwords_and_adds_what_is_new(tmp_path: Path) -> None:
    first = _write(tmp_path)
    kept = {name: password for name, password in first.items() if name != "BROKER_PASSWORD_ERP"}
    (tmp_path / "accounts.env").write_text("".join(f"{name}={password}\n" for name, password in kept.items()))
    again = _write(tmp_path)
    assert again == first | {"BROKER_PASSWORD_ERP": again["BROKER_PASSWORD_ERP"]}
    assert len(set(again.values())) == len(again)


def test_only_the_owner_reads_the_passwords_and_no_other_file_has_one(tmp_path: Path) -> None:
    folder = tmp_path / "accounts"
    passwords = _write(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "accounts.env").stat().st_mode & 0o777 == 0o600
    others = [path.read_text() for path in folder.iterdir() if path.name != "accounts.env"]
    assert len(others) == 3
    assert not [password for password in passwords.values() for text in others if password in text]


def test_rabbitmqctl_and_the_definitions_make_the_same(tmp_path: Path) -> None:
    _write(tmp_path)
    made = json.loads((tmp_path / "definitions.json").read_text())
    expected: Lines = {("account", user["name"]) for user in made["users"]}
    expected |= {("set_user_tags", user["name"], user["tags"]) for user in made["users"] if user["tags"]}
    expected |= {("set_permissions", *_words(each, "configure", "write", "read")) for each in made["permissions"]}
    expected |= {
        ("set_topic_permissions", *_words(each, "exchange", "write", "read")) for each in made["topic_permissions"]
    }
    lines = [shlex.split(line) for line in (tmp_path / "rabbitmqctl.sh").read_text().split("|| true\n")[1].splitlines()]
    script: Lines = {tuple(words[:2]) for words in lines if words[:1] == ["account"]}
    script |= {tuple(words[2:]) for words in lines if words[:1] == ["rabbitmqctl"]}
    assert script == expected


def _words(entry: dict[str, Any], *names: str) -> tuple[str, ...]:
    return ("--vhost", "shop", entry["user"], *(entry[name] for name in names))


@pytest.mark.parametrize(
    ("prefix", "database", "publisher"),
    [
        ("Crossdock", "crossdock", "erp"),
        ("a'; DROP ROLE x; --", "crossdock", "erp"),
        ("crossdock-", "a b", "erp"),
        ("crossdock-", "crossdock", "crossdock-relay"),
        ("crossdock-", "crossdock", "$(id)"),
    ],
)
def test_names_that_no_server_takes_are_refused(tmp_path: Path, prefix: str, database: str, publisher: str) -> None:
    with pytest.raises(RefusedActionError):
        write_accounts(tmp_path / "new", "/", database, prefix, [publisher])
    assert not (tmp_path / "new" / "accounts.env").exists()


@pytest.fixture
def roles(postgres_server: Server, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The URLs of a new database for each role that the script made."""
    if not which("psql"):
        pytest.skip("psql is not installed")
    prefix = f"test{uuid.uuid4().hex[:12]}-"
    name = prefix.replace("-", "_")
    passwords = _write(tmp_path, prefix, f"{name}shop")
    command = ["psql", "--no-psqlrc", "--quiet", "--file", str(tmp_path / "postgresql.sql"), postgres_server.url]
    for _ in range(2):
        subprocess.run(command, env=os.environ | passwords, check=True, capture_output=True)
    parts = urlsplit(postgres_server.url)
    host = parts.netloc.rpartition("@")[2]
    yield {
        role: f"postgresql://{name}{role}:{passwords[f'DATABASE_PASSWORD_{role.upper()}']}@{host}/{name}shop"
        for role in ("owner", "app", "reader")
    }
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name}shop WITH (FORCE)")
        for role in ("owner", "app", "reader"):
            connection.execute(f"DROP ROLE {name}{role}")


def test_the_owner_migrates_and_the_processes_have_rows_alone(roles: dict[str, str]) -> None:
    with closing(_ledger(roles["owner"])) as owner:
        owner.migrate()
    with closing(_ledger(roles["app"])) as app:
        app.check_version()
        app.check_key()
        with app.begin() as work:
            work.stores.lock()
            work.stores.add_missing({"us"})
    forbidden = ("CREATE TABLE mine (id int)", "DROP TABLE stores", "TRUNCATE stores", "ALTER TABLE stores ADD x int")
    for statement in forbidden:
        with psycopg.connect(roles["app"]) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)
    with psycopg.connect(roles["reader"]) as connection:
        assert connection.execute("SELECT store_id FROM stores").fetchall() == [("us",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM stores")


def _ledger(url: str) -> Ledger:
    return Ledger.open(url, Cipher.of([VAULT_KEY]))
