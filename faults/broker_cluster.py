"""Three RabbitMQ nodes that lose the leader of a queue: killed, stopped, or paused.

No loss is excused here: a majority of the nodes has each confirmed message.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from events.registry import CONSUMERS
from faults.context import Context, Nemesis
from faults.plan import Publication
from faults.servers import Servers
from schemas.dead_letters import message_identity
from tests.servers import rabbitmq
from tests.servers.processes import wait_until
from tests.servers.rabbitmq_node import Node

NODES = 3

START_TIMEOUT = 240.0
"""Seconds for a node to start or restart, and to catch up."""

SEEN_TIMEOUT = 60.0
"""Seconds at most for the others to see a resumed node."""

EXTRA_SECONDS = 60.0
"""Seconds that upstream publishes for after the last fault: a node needs up to a minute to return."""

TAKEOVER_TIMEOUT = 120.0
"""Seconds for the others to elect a leader, and for every client to find another node."""


class ClusterServers(Servers):
    """The product knows all nodes; upstream and the checker use one that is up."""

    def start_broker(self) -> Node:
        """Start the nodes, and form a cluster."""
        first = Node(self.run, folder="rabbitmq-0")
        self.nodes = [first, *(Node(self.run, first, f"rabbitmq-{number}") for number in range(1, NODES))]
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            _await(node)
        for other in self.nodes[1:]:
            other.join(first)
            _await(other)
        self.contact = first
        return first

    def process_variables(self, broker_port: int, database_port: int, role: str = "") -> dict[str, str]:
        """Return the environment variables of a process that knows all nodes."""
        variables = super().process_variables(broker_port, database_port, role)
        login = urlsplit(variables["CROSSDOCK_BROKER_URL"]).netloc.rpartition("@")[0]
        hosts = [f"amqp://{login}@127.0.0.1:{node.port}/{quote(self.vhost, safe='')}" for node in self.nodes]
        return variables | {"CROSSDOCK_BROKER_URL": ";".join(hosts)}

    def leader(self, queue: str) -> Node:
        """Return the node that leads a queue."""
        name = self.queues()[queue]["leader"]
        return next(node for node in self.nodes if node.name == name)

    def queues(self) -> dict[str, dict[str, Any]]:
        """Return the queues' own state; the management API still counts messages of an old leader."""
        columns = ("name", "leader", "online", "consumers", "messages_unacknowledged")
        queues = json.loads(self.contact.control("list_queues", *columns, "--formatter", "json"))
        return {queue["name"]: queue for queue in queues}

    def avoid(self, lost: Node) -> None:
        """Use another node than this from now on."""
        self.contact = next(node for node in self.nodes if node is not lost)
        self.broker = rabbitmq.server_of(self.contact)

    def is_seen(self, node: Node) -> bool:
        """Whether the node in use sees this one, partitioned or not."""
        status = self._status()
        return node.name in status["running_nodes"] or bool(status["partitions"])

    def is_whole(self) -> bool:
        """Whether all nodes see each other, without a partition, and each queue has all its members."""
        status = self._status()
        together = len(status["running_nodes"]) == NODES and not status["partitions"]
        return together and all(len(queue.get("online", ())) == NODES for queue in self.queues().values())

    def _status(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self.contact.control("cluster_status", "--formatter", "json"))
        return status


def _await(node: Node) -> None:
    if not wait_until(
        lambda: rabbitmq.answers(rabbitmq.server_of(node)), seconds=START_TIMEOUT, alive=lambda: node.alive
    ):
        raise RuntimeError(f"{node.name} did not come up; its log is in the run's folder")


def _start(_servers: ClusterServers, lost: Node) -> None:
    lost.start()


def _resume_and_restart(servers: ClusterServers, lost: Node) -> None:
    """Resume a node, which still believes to lead its queues, and restart it once the others see it.

    RabbitMQ leaves it partitioned until it is restarted.
    """
    lost.resume()
    wait_until(lambda: servers.is_seen(lost), seconds=SEEN_TIMEOUT)
    lost.kill()
    lost.start()


def _lose(lose: Callable[[Node], None], bring_back: Callable[[ClusterServers, Node], None]) -> Nemesis:
    """Return a nemesis that loses a queue's leader until the others have confirmed and delivered a message."""

    def inject(context: Context) -> int:
        servers = context.servers
        assert isinstance(servers, ClusterServers)
        consumer = context.random.choice(list(CONSUMERS))
        leader = servers.leader(consumer)
        servers.avoid(leader)
        lose(leader)
        probe = Publication(CONSUMERS[consumer], b"unreadable %d" % context.random.getrandbits(64))
        context.publish(probe)
        taken_over = wait_until(lambda: _is_dead_lettered(servers, consumer, probe), seconds=TAKEOVER_TIMEOUT)
        bring_back(servers, leader)
        _await(leader)
        return int(taken_over and wait_until(servers.is_whole, seconds=START_TIMEOUT))

    return inject


def _is_dead_lettered(servers: Servers, consumer: str, probe: Publication) -> bool:
    values = {"identity": message_identity(consumer, probe.digest)}
    return bool(servers.sql("select 1 from dead_letters where identity = %(identity)s", values))


CLUSTER: Mapping[str, Nemesis] = {
    "leader killed": _lose(Node.kill, _start),
    "leader stopped": _lose(Node.stop, _start),
    "leader paused": _lose(Node.pause, _resume_and_restart),
}
"""Nemeses of three nodes, of which a majority is always up."""
