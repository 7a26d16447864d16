"""The servers of a trial: RabbitMQ and PostgreSQL of its own, each behind a proxy, free to be killed."""

import json
import secrets
from contextlib import ExitStack
from pathlib import Path

from faults.disk import Disk
from faults.environment import Place
from faults.proxy import Proxy
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from tests.servers import postgresql, rabbitmq
from tests.servers.postgresql_cluster import Cluster
from tests.servers.processes import wait_until
from tests.servers.rabbitmq_node import Node
from tests.servers.tiers import Server

MOST_CONNECTIONS = 60

OPTIONS = ("fsync=off", f"max_connections={MOST_CONNECTIONS}", "max_wal_size=256MB")
"""A process that is killed loses nothing that the system has taken; only a power cut would."""


class Servers(Place):
    """Both servers. The product reaches them through the proxies, upstream and the checker by the straight way."""

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
        opened.callback(self.cluster.kill)
        self.broker, self.vhost, self.database_url = rabbitmq.server_of(self.node), "/", self.cluster.url
        self.key = secrets.token_bytes(32)
        self.await_database()
        self.ledger = Ledger.open(self.database_url, Cipher.of([self.key]))
        opened.callback(self.ledger.close)
        self.ledger.migrate()
        self.await_broker()
        self.broker_proxy, self.database_proxy = Proxy(self.node.port), Proxy(self.cluster.port)
        opened.callback(self.broker_proxy.close)
        opened.callback(self.database_proxy.close)
        self.crossdock("topology", "apply")

    def start_broker(self) -> Node:
        """Start a node."""
        node = Node(self.run)
        node.start()
        return node

    def await_broker(self) -> None:
        """Wait until the broker answers."""
        if not wait_until(lambda: rabbitmq.answers(self.broker), seconds=60, alive=lambda: self.node.alive):
            raise RuntimeError(f"RabbitMQ did not come up: {(self.run / 'rabbitmq-server.log').read_text()[-2000:]}")

    def await_database(self) -> None:
        """Wait until the database answers."""
        if not wait_until(lambda: postgresql.answers(Server(self.database_url)), seconds=60):
            raise RuntimeError("PostgreSQL did not come up; its log is in the run's folder")

    def alarms(self) -> dict[str, bool]:
        """Return whether the broker says that memory or disk are short."""
        (node,) = json.loads(rabbitmq.ask(self.broker, "GET", "/api/nodes"))
        return {"memory": node["mem_alarm"], "disk": node["disk_free_alarm"]}

    def close(self) -> None:
        """Close what is open here; the processes end with the run."""
        self._opened.close()
