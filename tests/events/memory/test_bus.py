"""The bus contract on the memory transport."""

import threading
from collections.abc import Iterator

import pytest

from events.bus import Bus, Delivery
from events.errors import BrokerUnavailableError
from events.open_bus import open_bus
from events.topology import TOPOLOGY
from tests.events.bus_contract import LONG, SOON, BusContract, ids, message, receive_all
from tests.events.declared import PLACED


@pytest.fixture
def bus() -> Iterator[Bus]:
    """A private bus."""
    bus = open_bus("memory://", "test")
    bus.declare(TOPOLOGY)
    yield bus
    bus.close()


class TestMemoryBus(BusContract):
    """The bus contract, and the promises of memory alone."""

    def test_a_private_bus_shares_nothing(self, bus: Bus) -> None:
        other = open_bus("memory://", "test")
        other.declare(TOPOLOGY)
        bus.publish([message()]).wait(SOON)
        assert other.message_count(PLACED) == 0
        other.close()

    def test_buses_of_one_name_share_messages_until_the_last_is_closed(self) -> None:
        first, second = open_bus("memory://shared", "test"), open_bus("memory://shared", "test")
        first.declare(TOPOLOGY)
        first.publish([message()]).wait(SOON)
        first.close()
        assert ids(receive_all(second.subscribe(PLACED, prefetch=5), 1)) == ["m-1"]
        second.close()
        third = open_bus("memory://shared", "test")
        assert len(third.check(TOPOLOGY)) == len(TOPOLOGY.exchanges) + len(TOPOLOGY.queues)
        third.close()

    def test_a_closed_bus_publishes_nothing(self) -> None:
        bus = open_bus("memory://", "test")
        bus.close()
        with pytest.raises(BrokerUnavailableError):
            bus.publish([message()])

    def test_a_subscription_may_precede_its_queue(self) -> None:
        bus = open_bus("memory://", "test")
        subscription = bus.subscribe(PLACED, prefetch=5)
        assert subscription.receive(1, timeout=0.0) == []
        bus.declare(TOPOLOGY)
        bus.publish([message()]).wait(SOON)
        assert len(receive_all(subscription, 1)) == 1
        bus.close()

    def test_a_message_is_delivered_to_the_subscription_that_has_capacity(self, bus: Bus) -> None:
        full, free = bus.subscribe(PLACED, prefetch=1), bus.subscribe(PLACED, prefetch=1)
        bus.publish([message(1)]).wait(SOON)
        receive_all(full, 1)
        blocked = threading.Thread(target=full.receive, args=(1, LONG))
        blocked.start()
        received: list[Delivery] = []
        receiver = threading.Thread(target=lambda: received.extend(free.receive(1, timeout=LONG)))
        receiver.start()
        bus.publish([message(2)]).wait(SOON)
        receiver.join(SOON)
        assert ids(received) == ["m-2"]
        full.close()
        blocked.join(SOON)

    def test_it_has_neither_feature(self, bus: Bus) -> None:
        assert not bus.features.survives_crash
        assert not bus.features.other_processes
