"""The queues that the tests of the bus use, and the part of the topology that has them."""

from collections.abc import Collection
from dataclasses import replace

from events.topology import TOPOLOGY, UNROUTED, Topology, dead_letter_queue

PLACED = "order-placed"
CHANGED = "status-changed"
IMPORTER = "importer"


def _of(consumers: Collection[str]) -> Topology:
    """Return the part of the topology that these consumers need."""
    names = {UNROUTED, *consumers, *map(dead_letter_queue, consumers)}
    return replace(
        TOPOLOGY,
        queues=tuple(queue for queue in TOPOLOGY.queues if queue.name in names),
        bindings=tuple(one for one in TOPOLOGY.bindings if one.to_exchange or one.target in names),
        former_bindings=tuple(one for one in TOPOLOGY.former_bindings if one.target in names),
    )


DECLARED = _of([PLACED, CHANGED, IMPORTER])
"""What the tests need: RabbitMQ takes 0.3 s of processor time and 1 s to make and remove all queues."""
