"""The stall detector: a stall differs from an empty queue and from an unavailable broker."""

import pytest

from events.open_bus import open_bus
from events.topology import TOPOLOGY
from schemas.message import Message
from workers.stall_detector import StallDetector


def test_a_consumer_is_stalled_when_its_queue_has_messages_and_none_are_received() -> None:
    bus = open_bus("memory://", "test")
    bus.declare(TOPOLOGY)
    detector = StallDetector("importer", bus, silence=-1.0)
    assert not detector.is_stalled()
    bus.publish([Message("1", "import.requested", b"{}")]).wait(1.0)
    assert detector.is_stalled()
    bus.close()


def test_a_consumer_that_has_just_received_a_message_is_not_stalled() -> None:
    bus = open_bus("memory://", "test")
    bus.declare(TOPOLOGY)
    bus.publish([Message("1", "import.requested", b"{}")]).wait(1.0)
    detector = StallDetector("importer", bus, silence=60.0)
    detector.message_received()
    assert not detector.is_stalled()
    bus.close()


@pytest.mark.parametrize("url", ["amqp://guest:guest@127.0.0.1:1/"])
def test_an_unavailable_broker_stalls_no_consumer(url: str) -> None:
    bus = open_bus(url, "test")
    assert not StallDetector("importer", bus, silence=-1.0).is_stalled()
    bus.close()
