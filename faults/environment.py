"""The environment of a trial: a virtual host and a database, and direct connections to both."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pika
import psycopg

from faults.accounts import Accounts
from ledger.ledger import Ledger
from tests.servers import rabbitmq
from tests.servers.tiers import Server

ROOT = Path(__file__).parents[1]

COMMAND_ROLES = {"topology": "topology"}
"""The account of a command that is not for the reader."""

COMMAND_TIMEOUT = 300.0
"""Seconds for a command that ends by itself; the broker may be restarting, and the machine busy."""


@dataclass
class Environment:
    """A virtual host of a broker, and a database with its ledger and the encryption key of personal data."""

    broker: Server
    vhost: str
    database_url: str
    key: bytes
    ledger: Ledger
    accounts: Accounts | None = None

    @property
    def broker_port(self) -> int:
        """The broker's own port."""
        return urlsplit(self.broker.url).port or 5672

    @property
    def direct_broker_url(self) -> str:
        """The broker's own URL, with the virtual host."""
        return _at(self.broker.url, self.broker_port, quote(self.vhost, safe=""))

    @property
    def database_port(self) -> int:
        """The database's own port."""
        return urlsplit(self.database_url).port or 5432

    def process_variables(self, broker_port: int, database_port: int, role: str = "") -> dict[str, str]:
        """Return the variables of a process that reaches the servers at these ports, with the accounts of its role."""
        broker, database = self.broker.url, self.database_url
        if self.accounts:
            broker = _as(broker, self.accounts.broker_login(role))
            database = _as(database, self.accounts.database_login("app"))
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CROSSDOCK_")}
        return inherited | {
            "CROSSDOCK_BROKER_URL": _at(broker, broker_port, quote(self.vhost, safe="")),
            "CROSSDOCK_DATABASE_URL": _at(database, database_port, urlsplit(self.database_url).path[1:]),
            "CROSSDOCK_VAULT_KEY": base64.b64encode(self.key).decode(),
            "CROSSDOCK_SYNC_CRON": "* * * * *",
            "CROSSDOCK_COMPLETE_CRON": "*/2 * * * * *",  # with seconds, so that the scheduler runs often
            "CROSSDOCK_ANSWER_TIMEOUT": "20",
            "CROSSDOCK_BATCH": "50",
            "CROSSDOCK_PREFETCH": "100",
        }

    def crossdock(self, *words: str) -> None:
        """Run a command of the product, connected directly. Raises RuntimeError when it fails."""
        env = self.process_variables(self.broker_port, self.database_port, COMMAND_ROLES.get(words[0], "reader"))
        command = [sys.executable, "-m", "crossdock", *words]
        done = subprocess.run(
            command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=COMMAND_TIMEOUT, check=False
        )
        if done.returncode:
            raise RuntimeError(f"crossdock {' '.join(words)} ended with {done.returncode}: {done.stderr}")

    def sql(self, statement: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement on a direct connection; return its rows."""
        with psycopg.connect(self.database_url, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement, values)
            return list(cursor.fetchall()) if cursor.description else []

    def dump_database(self, path: Path) -> None:
        """Write the database to *path*, to look into a trial whose processes have ended."""
        command = ["pg_dump", f"--dbname={self.database_url}", f"--file={path}"]
        subprocess.run(command, capture_output=True, timeout=COMMAND_TIMEOUT, check=True)

    def user(self, role: str | None) -> str | None:
        """Return the account of a role."""
        login = self.accounts.broker_login(role) if role and self.accounts else urlsplit(self.broker.url).username
        return login.partition(":")[0] if login else None

    def connect(self, role: str | None = None) -> pika.BlockingConnection:
        """Connect to the broker directly, as this role where accounts are separate, else as the administrator."""
        url = _as(self.broker.url, self.accounts.broker_login(role)) if role and self.accounts else self.broker.url
        address = urlsplit(url)
        return pika.BlockingConnection(
            pika.ConnectionParameters(
                host=address.hostname,
                port=address.port,
                virtual_host=self.vhost,
                credentials=pika.PlainCredentials(address.username, address.password),
                heartbeat=10,
                blocked_connection_timeout=2,
                socket_timeout=3,
            )
        )

    def queues(self) -> dict[str, dict[str, Any]]:
        """Return the queues of the management API by name; its counts are some seconds old."""
        queues = json.loads(rabbitmq.ask(self.broker, "GET", f"/api/queues/{quote(self.vhost, safe='')}"))
        return {queue["name"]: queue for queue in queues}


def _as(url: str, login: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}").geturl()


def _at(url: str, port: int, path: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition(":")[0] + f":{port}", path=f"/{path}").geturl()
