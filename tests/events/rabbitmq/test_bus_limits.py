"""Limits of the broker are reported in its own words."""

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from events.errors import BrokerUnavailableError, TopologyError
from events.open_bus import open_bus
from events.topology import TOPOLOGY
from tests.servers.rabbitmq import ask
from tests.servers.tiers import Server

EVERYTHING = {"configure": ".*", "write": ".*", "read": ".*"}


@pytest.fixture
def limited_url(broker_server: Server, vhost_url: str) -> Iterator[str]:
    """The URL of a user whom a test may limit; its name is that of the virtual host."""
    parts = urlsplit(vhost_url)
    name = parts.path[1:]
    ask(broker_server, "PUT", f"/api/users/{name}", {"password": "limited", "tags": ""})
    ask(broker_server, "PUT", f"/api/permissions/{name}/{name}", EVERYTHING)
    yield parts._replace(netloc=f"{name}:limited@{parts.netloc.partition('@')[2]}").geturl()
    ask(broker_server, "DELETE", f"/api/users/{name}")


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        ("vhost-limits/{name}/max-connections", "connection limit"),
        ("vhost-limits/{name}/max-queues", "queue limit"),
        ("user-limits/{name}/max-connections", "connection limit"),
        ("user-limits/{name}/max-channels", "number of channels"),
    ],
)
def test_a_limit_is_reported_in_the_brokers_words(
    limit: str, sentence: str, broker_server: Server, limited_url: str
) -> None:
    place = f"/api/{limit.format(name=urlsplit(limited_url).path[1:])}"
    ask(broker_server, "PUT", place, {"value": 0})
    with closing(open_bus(limited_url, "limited")) as bus:
        with pytest.raises((BrokerUnavailableError, TopologyError), match=sentence) as refused:
            bus.declare(TOPOLOGY)
        assert "NOT_ALLOWED" in str(refused.value) or "PRECONDITION_FAILED" in str(refused.value)
        assert "does not exist" not in str(refused.value)
        assert "limited@" not in str(refused.value)
