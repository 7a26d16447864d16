"""Three RabbitMQ nodes that lose the leader of a queue: killed, asked to stop, or standing still.

Nothing is excused here: what the broker confirms, a majority has.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from events.registry import CONSUMERS
from faults.context import Nemesis, Scene
from faults.plan import Publication
from faults.servers import Servers
from schemas.dead_letters import message_identity
from tests.servers import rabbitmq
from tests.servers.processes import wait_until
from tests.servers.rabbitmq_node import Node

NODES = 3

UP = 90.0
"""Seconds for a node to answer, alone or again, and to have what it missed."""

SEEN = 20.0
"""Seconds at most for the others to see a node that goes on."""

TAKEN_OVER = 60.0
"""Seconds for the others to elect a leader, and for every client to find another node: two or three heartbeats."""


class ClusterServers(Servers):
    """The product knows all nodes; upstream and the checker ask one that is up."""

    def start_broker(self) -> Node:
        """Start the nodes, and let them form a cluster."""
        first = Node(self.run, folder="rabbitmq-0")
        self.nodes = [first, *(Node(self.run, first, f"rabbitmq-{number}") for number in range(1, NODES))]
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            _await(node)
        for other in self.nodes[1:]:
            other.join(first)
            _await(other)
        self.asked = first
        return first

    def environment(self, broker_port: int, database_port: int) -> dict[str, str]:
        """Return the variables of a process that knows all nodes."""
        hosts = [f"{rabbitmq.server_of(node).url}/{quote(self.vhost, safe='')}" for node in self.nodes]
        return super().environment(broker_port, database_port) | {"CROSSDOCK_BROKER_URL": ";".join(hosts)}

    def leader(self, queue: str) -> Node:
        """Return the node that leads a queue."""
        name = self.queues()[queue]["leader"]
        return next(node for node in self.nodes if node.name == name)

    def queues(self) -> dict[str, dict[str, Any]]:
        """Return what the queues themselves know. The management API goes on counting what lay with an old leader."""
        columns = ("name", "leader", "online", "consumers", "messages_unacknowledged")
        found = json.loads(self.asked.control("list_queues", *columns, "--formatter", "json"))
        return {queue["name"]: queue for queue in found}

    def avoid(self, lost: Node) -> None:
        """Ask another node than this from now on."""
        self.asked = next(node for node in self.nodes if node is not lost)
        self.broker = rabbitmq.server_of(self.asked)

    def is_seen(self, node: Node) -> bool:
        """Tell whether the one that is asked sees this node, be it parted from it."""
        status = self._status()
        return node.name in status["running_nodes"] or bool(status["partitions"])

    def is_whole(self) -> bool:
        """Tell whether all nodes see each other, none is parted from another, and each queue has all its members."""
        status = self._status()
        together = len(status["running_nodes"]) == NODES and not status["partitions"]
        return together and all(len(queue.get("online", ())) == NODES for queue in self.queues().values())

    def _status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.asked.control("cluster_status", "--formatter", "json"))
        return found


def _await(node: Node) -> None:
    if not wait_until(lambda: rabbitmq.answers(rabbitmq.server_of(node)), seconds=UP, alive=lambda: node.alive):
        raise RuntimeError(f"{node.name} did not come up; its log is in the run's folder")


def _start(_servers: ClusterServers, lost: Node) -> None:
    lost.start()


def _wake(servers: ClusterServers, lost: Node) -> None:
    """Let a node go on, with the queues that it believes to lead, and start it anew once the others see it.

    RabbitMQ leaves it parted from them until somebody does.
    """
    lost.go_on()
    wait_until(lambda: servers.is_seen(lost), seconds=SEEN)
    lost.kill()
    lost.start()


def _lose(lose: Callable[[Node], None], find: Callable[[ClusterServers, Node], None]) -> Nemesis:
    """Return a nemesis that takes a queue's leader away until the others have confirmed and delivered a message."""

    def bring(scene: Scene) -> int:
        servers = scene.servers
        assert isinstance(servers, ClusterServers)
        consumer = scene.random.choice(list(CONSUMERS))
        leader = servers.leader(consumer)
        servers.avoid(leader)
        lose(leader)
        probe = Publication(CONSUMERS[consumer], b"nonsense %d" % scene.random.getrandbits(64))
        scene.say(probe)
        taken_over = wait_until(lambda: _is_set_aside(servers, consumer, probe), seconds=TAKEN_OVER)
        find(servers, leader)
        _await(leader)
        return int(taken_over and wait_until(servers.is_whole, seconds=UP))

    return bring


def _is_set_aside(servers: Servers, consumer: str, probe: Publication) -> bool:
    wanted = {"identity": message_identity(consumer, probe.digest)}
    return bool(servers.sql("select 1 from dead_letters where identity = %(identity)s", wanted))


CLUSTER: Mapping[str, Nemesis] = {
    "leader killed": _lose(Node.kill, _start),
    "leader stopped": _lose(Node.stop, _start),
    "leader paused": _lose(Node.pause, _wake),
}
"""What is brought to three nodes; a majority of them is always there."""
