"""The memory transport keeps the bus's promises."""

from collections.abc import Iterator

import pytest

from events.bus import Bus
from events.errors import BrokerUnavailableError
from events.open_bus import open_bus
from events.topology import TOPOLOGY
from tests.events.bus_contract import PLACED, SOON, BusContract, drain, ids, message


@pytest.fixture
def bus() -> Iterator[Bus]:
    """A bus of its own."""
    bus = open_bus("memory://", "test")
    bus.declare(TOPOLOGY)
    yield bus
    bus.close()


class TestMemoryBus(BusContract):
    """All promises, and those of memory alone."""

    def test_a_private_bus_is_alone(self, bus: Bus) -> None:
        other = open_bus("memory://", "test")
        other.declare(TOPOLOGY)
        bus.publish([message()]).wait(SOON)
        assert other.message_count(PLACED) == 0
        other.close()

    def test_buses_of_one_name_share_what_they_carry_until_the_last_is_closed(self) -> None:
        first, second = open_bus("memory://shared", "test"), open_bus("memory://shared", "test")
        first.declare(TOPOLOGY)
        first.publish([message()]).wait(SOON)
        first.close()
        assert ids(drain(second.subscribe(PLACED, prefetch=5), 1)) == ["m-1"]
        second.close()
        third = open_bus("memory://shared", "test")
        assert len(third.check(TOPOLOGY)) == len(TOPOLOGY.exchanges) + len(TOPOLOGY.queues)
        third.close()

    def test_a_closed_bus_publishes_nothing(self) -> None:
        bus = open_bus("memory://", "test")
        bus.close()
        with pytest.raises(BrokerUnavailableError):
            bus.publish([message()])

    def test_a_subscription_may_come_before_its_queue(self) -> None:
        bus = open_bus("memory://", "test")
        subscription = bus.subscribe(PLACED, prefetch=5)
        assert subscription.receive(1, within=0.0) == []
        bus.declare(TOPOLOGY)
        bus.publish([message()]).wait(SOON)
        assert len(drain(subscription, 1)) == 1
        bus.close()

    def test_it_admits_what_it_cannot_do(self, bus: Bus) -> None:
        assert not bus.features.survives_crash
        assert not bus.features.other_processes
