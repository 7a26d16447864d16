"""The environment of one run: a new database with our tables and the benchmark's store, and the broker."""

import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from bench.load import STORE
from bench.servers import Servers
from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import read_or_make_key
from ledger.ledger import Ledger

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Environment:
    """The servers of one run, and its database."""

    servers: Servers
    database_url: str

    @property
    def broker_url(self) -> str:
        """The broker with its default virtual host, or the one that the environment names."""
        url = self.servers.broker_url
        return url if urlsplit(url).path else f"{url}/%2F"

    @property
    def log(self) -> Path:
        """The log of the workers."""
        return self.servers.folder / "workers.log"

    def variables(self) -> Mapping[str, str]:
        """Return the environment variables of the workers, ours and the peers'."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CROSSDOCK_")}
        return inherited | {
            "CROSSDOCK_BROKER_URL": self.broker_url,
            "CROSSDOCK_DATABASE_URL": self.database_url,
            "CROSSDOCK_VAULT_KEY_FILE": str(self.servers.folder / "vault.key"),
            "CROSSDOCK_LOG_LEVEL": "warning",
            "PYTHONPATH": str(ROOT),
        }


@contextmanager
def new_environment(servers: Servers) -> Iterator[Environment]:
    """Give an environment with its own database, which is dropped afterwards."""
    name = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            url = urlsplit(servers.database_url)._replace(path=f"/{name}").geturl()
            _prepare(url, servers.folder / "vault.key")
            yield Environment(servers, url)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _prepare(url: str, key_file: Path) -> None:
    ledger = Ledger.open(url, Cipher.of([read_or_make_key(key_file)]))
    try:
        ledger.migrate()
        with ledger.begin() as work:
            work.stores.save(STORE)
    finally:
        ledger.close()
