"""A bus on RabbitMQ, and one at the other end of a cable that can be cut; the memory's tests have their own."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from events.bus import Bus
from events.open_bus import open_bus
from events.topology import TOPOLOGY
from tests.events.cable import Cable


@pytest.fixture
def bus(vhost_url: str) -> Iterator[Bus]:
    """A bus on an empty virtual host."""
    bus = open_bus(vhost_url, "test")
    bus.declare(TOPOLOGY)
    yield bus
    bus.close()


@pytest.fixture
def cable(vhost_url: str) -> Iterator[Cable]:
    """A cable to the broker."""
    parts = urlsplit(vhost_url)
    cable = Cable(parts.hostname or "", parts.port or 5672)
    yield cable
    cable.close()


@pytest.fixture
def distant(vhost_url: str, cable: Cable, bus: Bus) -> Iterator[Bus]:
    """A second bus on the same virtual host, at the other end of the cable."""
    parts = urlsplit(vhost_url)
    distant = open_bus(vhost_url.replace(f":{parts.port}/", f":{cable.port}/"), "distant")
    yield distant
    distant.close()
