"""Exchanges and queues on RabbitMQ: declare, check."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from events.bus import Bus
from events.open_bus import open_bus
from events.topology import TOPOLOGY
from schemas.settings import Settings
from schemas.value import Value

IN_MEMORY = "memory://"
"""How the URL of a broker inside one process begins."""


class TopologyCheck(Value):
    """What is wrong with exchanges and queues: a sentence for each that is missing or has other arguments."""

    problems: tuple[str, ...] = ()


class DeclaredTopology(Value):
    """How many exchanges and queues exist now."""

    exchanges: int
    queues: int


def apply_topology(settings: Settings, *, keep_former_bindings: bool = False) -> DeclaredTopology:
    """Declare missing exchanges, queues and bindings, and remove former bindings unless they are to be kept.

    Raises BrokerUnavailableError, TopologyError if one differs.
    """
    with _broker(settings) as bus:
        bus.declare(replace(TOPOLOGY, former_bindings=()) if keep_former_bindings else TOPOLOGY)
    return DeclaredTopology(exchanges=len(TOPOLOGY.exchanges), queues=len(TOPOLOGY.queues))


def check_topology(settings: Settings) -> TopologyCheck:
    """Compare exchanges and queues with those that Crossdock needs. Raises BrokerUnavailableError.

    A broker inside one process needs none.
    """
    if settings.broker_url.get_secret_value().startswith(IN_MEMORY):
        return TopologyCheck()
    with _broker(settings) as bus:
        return TopologyCheck(problems=tuple(bus.check(TOPOLOGY)))


def check_broker_url(settings: Settings) -> None:
    """Raise SettingsError when the broker's URL is invalid. Connects to nothing."""
    _open(settings, "crossdock config").close()


@contextmanager
def _broker(settings: Settings) -> Iterator[Bus]:
    with closing(_open(settings, "crossdock topology")) as bus:
        yield bus


def _open(settings: Settings, name: str) -> Bus:
    return open_bus(settings.broker_url.get_secret_value(), name, allow_unencrypted=settings.allow_unencrypted)
