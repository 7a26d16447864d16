"""Exchanges and queues on RabbitMQ: declare, check."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from events.bus import Bus
from events.open_bus import open_bus
from events.policies import by_policies, policies, policies_script
from events.topology import TOPOLOGY, Topology
from schemas.settings import Settings
from schemas.value import Value

IN_MEMORY = "memory://"
"""How the URL of a broker inside one process begins."""


class TopologyCheck(Value):
    """Faults of exchanges and queues: a sentence for each that is missing or has other arguments."""

    problems: tuple[str, ...] = ()


class QueuePolicy(Value):
    """A policy on RabbitMQ: its name, the pattern of its queues' names, and its settings."""

    name: str
    pattern: str
    definition: dict[str, str | int]


class DeclaredTopology(Value):
    """How many exchanges and queues exist now."""

    exchanges: int
    queues: int


def apply_topology(settings: Settings, *, keep_former_bindings: bool = False) -> DeclaredTopology:
    """Declare missing exchanges, queues and bindings, and remove former bindings unless they are to be kept.

    Raises BrokerUnavailableError, TopologyError if one differs.
    """
    with _broker(settings) as bus:
        topology = topology_of(settings)
        bus.declare(replace(topology, former_bindings=()) if keep_former_bindings else topology)
    return DeclaredTopology(exchanges=len(TOPOLOGY.exchanges), queues=len(TOPOLOGY.queues))


def check_topology(settings: Settings) -> TopologyCheck:
    """Compare exchanges and queues with those that Crossdock needs. Raises BrokerUnavailableError.

    A broker inside one process needs none.
    """
    if settings.broker_url.get_secret_value().startswith(IN_MEMORY):
        return TopologyCheck()
    with _broker(settings) as bus:
        return TopologyCheck(problems=tuple(bus.check(topology_of(settings))))


def topology_of(settings: Settings) -> Topology:
    """Return the topology that Crossdock declares: queues with their arguments, or those that policies are for."""
    return by_policies(TOPOLOGY) if settings.queue_policies else TOPOLOGY


def list_policies() -> tuple[QueuePolicy, ...]:
    """Return the policies that queues need which are declared without arguments."""
    return tuple(
        QueuePolicy(name=policy.name, pattern=policy.pattern, definition=policy.definition)
        for policy in policies(TOPOLOGY)
    )


def policies_as_script(vhost: str) -> str:
    """Return the same policies as lines for rabbitmqctl."""
    return policies_script(policies(TOPOLOGY), vhost)


def check_broker_url(settings: Settings) -> None:
    """Raise SettingsError when the broker's URL is invalid. Connects to nothing."""
    _open(settings, "crossdock config").close()


@contextmanager
def _broker(settings: Settings) -> Iterator[Bus]:
    with closing(_open(settings, "crossdock topology")) as bus:
        yield bus


def _open(settings: Settings, name: str) -> Bus:
    return open_bus(settings.broker_url.get_secret_value(), name, allow_unencrypted=settings.allow_unencrypted)
