"""Policies on RabbitMQ in place of arguments of queues: a running cluster can change them without deleting a queue."""

import json
import shlex
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from events.topology import Argument, Queue, Topology

QUEUE_TYPE = "x-queue-type"
"""The argument that no policy can set."""

PRIORITY = 10
"""Of two policies that match a queue RabbitMQ applies the one of the higher priority alone: general ones have 0."""


class Policy(NamedTuple):
    """A policy: its name, the pattern of the names of its queues, and its definition."""

    name: str
    pattern: str
    definition: dict[str, Argument]


def by_policies(topology: Topology) -> Topology:
    """Return the topology with queues whose behaviour is left to policies."""
    bare = (Queue(queue.name, {QUEUE_TYPE: queue.arguments[QUEUE_TYPE]}) for queue in topology.queues)
    return replace(topology, queues=tuple(bare))


def policies(topology: Topology) -> tuple[Policy, ...]:
    """Return a policy for each queue, in place of its arguments."""
    return tuple(
        Policy(
            f"crossdock-{queue.name}",
            f"^{queue.name.replace('.', '[.]')}$",
            {name.removeprefix("x-"): value for name, value in queue.arguments.items() if name != QUEUE_TYPE},
        )
        for queue in topology.queues
    )


def policies_script(queue_policies: Iterable[Policy], vhost: str) -> str:
    """Return the lines for rabbitmqctl that set the policies."""
    begin = f"rabbitmqctl set_policy --vhost {shlex.quote(vhost)} --priority {PRIORITY} --apply-to queues"
    lines = (
        f"{begin} {policy.name} {shlex.quote(policy.pattern)} {shlex.quote(json.dumps(policy.definition))}"
        for policy in queue_policies
    )
    return "\n".join(lines) + "\n"
