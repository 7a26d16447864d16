"""The accounts of a trial: those of `crossdock topology permissions`, made of the files that it writes."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from events.accounts import PREFIX, WORK
from events.registry import PUBLISHERS, REQUESTS
from operations.accounts import DEFINITIONS, PASSWORDS, POSTGRESQL, write_accounts
from tests.servers.rabbitmq_node import Node

HOSTILE = "hostile"
"""The account of a publisher that may publish upstream's events, and tries everything else."""


class Accounts:
    """The logins of all parties, by their role."""

    def __init__(self, run: Path, database_url: str) -> None:
        """Write the files below *run*, for the database of this URL."""
        self._folder = run / "accounts"
        self._database_url = database_url
        write_accounts(self._folder, "/", urlsplit(database_url).path[1:], PREFIX, [HOSTILE])
        lines = (self._folder / PASSWORDS).read_text().splitlines()
        self._passwords = dict(line.split("=") for line in lines)

    def make_on_broker(self, node: Node) -> None:
        """Make the accounts on RabbitMQ."""
        node.control("import_definitions", str(self._folder / DEFINITIONS))

    def make_on_database(self) -> None:
        """Make the roles on PostgreSQL; the tables get their owner."""
        command = ["psql", "--no-psqlrc", "--quiet", "--file", str(self._folder / POSTGRESQL), self._database_url]
        subprocess.run(command, env=os.environ | self._passwords, check=True, capture_output=True)

    def broker_login(self, role: str) -> str:
        """Return user and password of a role on RabbitMQ, as in a URL."""
        name = role if role == HOSTILE else PREFIX + role
        variable = f"BROKER_PASSWORD_{role.upper().replace('-', '_')}"
        return f"{name}:{self._passwords[variable]}"

    def database_login(self, role: str) -> str:
        """Return user and password of a role on PostgreSQL, as in a URL."""
        return f"crossdock_{role}:{self._passwords[f'DATABASE_PASSWORD_{role.upper()}']}"


def role_of(words: Sequence[str]) -> str:
    """Return the role of a process of the product, by its command."""
    if words[0] == "work":
        return words[1] if len(words) == 2 else WORK
    return words[0]


def publisher_of(event: str, *, with_headers: bool) -> str | None:
    """Return the role that publishes an event in a trial, None for one that no account may publish.

    The relay publishes requests, which operators and the scheduler make, and all that carries Crossdock's headers.
    """
    if event not in PUBLISHERS:
        return None
    return "relay" if with_headers or event in REQUESTS else "upstream"
