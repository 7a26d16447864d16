"""Declaring the topology: bindings of an older version go, or stay during a rolling upgrade."""

from contextlib import closing

import pika
import pytest
from pydantic import SecretStr

from events.open_bus import open_bus
from events.topology import EVENTS, TOPOLOGY
from operations.topology import apply_topology, check_topology
from schemas.settings import Settings
from tests.harness import eventually


@pytest.mark.parametrize("keep", [False, True])
def test_an_older_version_reaches_the_queues_only_while_its_bindings_are_kept(vhost_url: str, keep: bool) -> None:
    settings = Settings(broker_url=SecretStr(vhost_url))
    apply_topology(settings)
    with closing(pika.BlockingConnection(pika.URLParameters(vhost_url))) as connection:
        channel = connection.channel()
        for binding in TOPOLOGY.former_bindings:
            channel.queue_bind(binding.target, binding.exchange, binding.key)
        apply_topology(settings, keep_former_bindings=keep)
        channel.basic_publish(EVENTS, "import.requested", b"{}")
    assert check_topology(settings).problems == ()
    with closing(open_bus(vhost_url, "test")) as bus:
        reached = "importer" if keep else "crossdock.unrouted"
        eventually(lambda: bus.message_count(reached) == 1, f"the request is in {reached}")
