"""The servers of a trial: a private RabbitMQ and PostgreSQL, each behind a proxy, which may be killed."""

import json
import secrets
from contextlib import ExitStack
from pathlib import Path

from faults.accounts import Accounts
from faults.disk import Disk
from faults.environment import Environment
from faults.proxy import Proxy
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from tests.servers import postgresql, rabbitmq
from tests.servers.postgresql_cluster import Cluster
from tests.servers.processes import wait_until
from tests.servers.rabbitmq_node import Node
from tests.servers.tiers import Server

MAX_CONNECTIONS = 60

START_TIMEOUT = 240.0
"""Seconds for a server to answer after it was started."""

OPTIONS = ("fsync=off", f"max_connections={MAX_CONNECTIONS}", "max_wal_size=256MB")
"""Without fsync a killed process still loses nothing; only a power cut would."""


class Servers(Environment):
    """Both servers. The product connects through the proxies; upstream and the checker connect directly."""

    def __init__(self, run: Path) -> None:
        """Start them below *run*. Raises UnavailableError where they are not installed."""
        self.run = run
        with ExitStack() as opened:
            self._open(run, opened)
            self._opened = opened.pop_all()

    def _open(self, run: Path, opened: ExitStack) -> None:
        self.disk = Disk(run / "disk")
        opened.callback(self.disk.close)
        self.node, self.cluster = self.start_broker(), Cluster(run, OPTIONS, self.disk.folder)
        self.cluster.start()
        opened.callback(self._kill_database)
        self.broker, self.vhost, self.database_url = rabbitmq.server_of(self.node), "/", self.cluster.url
        self.key = secrets.token_bytes(32)
        self.await_database()
        self.ledger = Ledger.open(self.database_url, Cipher.of([self.key]))
        opened.callback(self.ledger.close)
        self.ledger.migrate()
        self.accounts = Accounts(run, self.database_url)
        self.accounts.make_on_database()
        self.await_broker()
        self.accounts.make_on_broker(self.node)
        self.broker_proxy, self.database_proxy = Proxy(self.node.port), Proxy(self.cluster.port)
        opened.callback(self.broker_proxy.close)
        opened.callback(self.database_proxy.close)
        self.crossdock("topology", "apply")

    def _kill_database(self) -> None:
        self.cluster.kill()  # a standby may have replaced the first one

    def start_broker(self) -> Node:
        """Start a node."""
        node = Node(self.run)
        node.start()
        return node

    def await_broker(self) -> None:
        """Wait until the broker answers."""
        if not wait_until(lambda: rabbitmq.answers(self.broker), seconds=START_TIMEOUT, alive=lambda: self.node.alive):
            raise RuntimeError(f"RabbitMQ did not come up: {(self.run / 'rabbitmq-server.log').read_text()[-2000:]}")

    def await_database(self) -> None:
        """Wait until the database answers."""
        if not wait_until(lambda: postgresql.answers(Server(self.database_url)), seconds=START_TIMEOUT):
            raise RuntimeError("PostgreSQL did not come up; its log is in the run's folder")

    def alarms(self) -> dict[str, bool]:
        """Return the broker's memory and disk alarms."""
        (node,) = json.loads(rabbitmq.ask(self.broker, "GET", "/api/nodes"))
        return {"memory": node["mem_alarm"], "disk": node["disk_free_alarm"]}

    def close(self) -> None:
        """Close connections, proxies and disk; end_all ends the processes."""
        self._opened.close()
