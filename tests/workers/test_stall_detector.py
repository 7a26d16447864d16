"""The watchdog: told from a queue that is empty, and from a broker that is away."""

import pytest

from events.open_bus import open_bus
from events.topology import TOPOLOGY
from schemas.message import Message
from workers.stall_detector import StallDetector


def test_a_consumer_that_gets_nothing_from_a_full_queue_is_starved_and_one_of_an_empty_queue_is_not() -> None:
    bus = open_bus("memory://", "test")
    bus.declare(TOPOLOGY)
    watchdog = StallDetector("importer", bus, silence=-1.0)
    assert not watchdog.is_stalled()
    bus.publish([Message("1", "import.requested", b"{}")]).wait(1.0)
    assert watchdog.is_stalled()
    bus.close()


def test_a_consumer_that_was_just_fed_is_not_starved() -> None:
    bus = open_bus("memory://", "test")
    bus.declare(TOPOLOGY)
    bus.publish([Message("1", "import.requested", b"{}")]).wait(1.0)
    watchdog = StallDetector("importer", bus, silence=60.0)
    watchdog.message_received()
    assert not watchdog.is_stalled()
    bus.close()


@pytest.mark.parametrize("url", ["amqp://guest:guest@127.0.0.1:1/"])
def test_a_broker_that_is_away_does_not_starve_anybody(url: str) -> None:
    bus = open_bus(url, "test")
    assert not StallDetector("importer", bus, silence=-1.0).is_stalled()
    bus.close()
