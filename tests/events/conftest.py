"""A bus on RabbitMQ, and one whose connections can be cut; the memory transport's tests have a bus of their own."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from events.bus import Bus
from events.open_bus import open_bus
from tests.events.declared import DECLARED
from tests.events.tcp_proxy import TcpProxy


@pytest.fixture
def bus(vhost_url: str) -> Iterator[Bus]:
    """A bus on an empty virtual host, with the queues of three consumers."""
    bus = open_bus(vhost_url, "test")
    bus.declare(DECLARED)
    yield bus
    bus.close()


@pytest.fixture
def proxy(vhost_url: str) -> Iterator[TcpProxy]:
    """A proxy of the broker."""
    parts = urlsplit(vhost_url)
    proxy = TcpProxy(parts.hostname or "", parts.port or 5672)
    yield proxy
    proxy.close()


@pytest.fixture
def proxied_bus(vhost_url: str, proxy: TcpProxy, bus: Bus) -> Iterator[Bus]:
    """A second bus on the same virtual host, connected through the proxy."""
    parts = urlsplit(vhost_url)
    proxied_bus = open_bus(vhost_url.replace(f":{parts.port}/", f":{proxy.port}/"), "proxied")
    yield proxied_bus
    proxied_bus.close()
