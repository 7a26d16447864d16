"""Hindrances of a bus that is connected: queues that it may not consume, and alarms of the broker."""

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from events.bus import Bus
from events.errors import TopologyError
from events.open_bus import open_bus
from events.topology import TOPOLOGY
from tests.events.bus_contract import SOON, message
from tests.events.declared import PLACED
from tests.harness import eventually
from tests.servers.rabbitmq import ask, own_node, server_of
from tests.servers.tiers import Server

EVERYTHING = {"configure": ".*", "write": ".*", "read": ".*"}


@pytest.fixture
def restricted(broker_server: Server, vhost_url: str) -> Iterator[tuple[Bus, str]]:
    """A bus whose user may read no queue of placed orders, and the place of its permissions in the management API."""
    parts = urlsplit(vhost_url)
    name = f"restricted-{parts.path[1:]}"
    place = f"/api/permissions/{parts.path[1:]}/{name}"
    ask(broker_server, "PUT", f"/api/users/{name}", {"password": "restricted", "tags": ""})
    ask(broker_server, "PUT", place, {**EVERYTHING, "read": f"^(?!{PLACED}$).*"})
    url = parts._replace(netloc=f"{name}:restricted@{parts.netloc.partition('@')[2]}").geturl()
    with closing(open_bus(url, "restricted")) as bus:
        yield bus, place
    ask(broker_server, "DELETE", f"/api/users/{name}")


def test_a_queue_that_may_not_be_read_is_named_until_it_may(
    bus: Bus, broker_server: Server, restricted: tuple[Bus, str]
) -> None:
    forbidden, place = restricted
    bus.publish([message(1)]).wait(SOON)
    subscription = forbidden.subscribe(PLACED, prefetch=1)
    eventually(lambda: bool(forbidden.problems()), "it is refused")
    (problem,) = forbidden.problems()
    assert problem.startswith(f'This user may not read the queue "{PLACED}" (ACCESS_REFUSED')
    assert problem.endswith("grant it the permission to read.")
    ask(broker_server, "PUT", place, EVERYTHING)
    eventually(lambda: bool(subscription.receive(1, 0.1)), "it may read")
    assert forbidden.problems() == []


def test_a_queue_that_may_not_be_declared_is_named_as_forbidden(
    broker_server: Server, restricted: tuple[Bus, str], bus: Bus
) -> None:
    forbidden, place = restricted
    ask(broker_server, "PUT", place, {**EVERYTHING, "configure": "^$"})
    with pytest.raises(TopologyError, match=r"is forbidden to this user \(ACCESS_REFUSED.*grant it the permission"):
        forbidden.declare(TOPOLOGY)


def test_an_account_that_may_not_publish_to_nobody_has_no_problem(
    broker_server: Server, restricted: tuple[Bus, str]
) -> None:
    forbidden, place = restricted
    ask(broker_server, "PUT", place, {**EVERYTHING, "write": "^$"})
    assert [forbidden.problems() for _ in range(2)] == [[], []]


def test_a_missing_queue_is_named(bus: Bus) -> None:
    bus.subscribe("nowhere", prefetch=1)
    eventually(lambda: bool(bus.problems()), "it is refused")
    assert bus.problems() == ['The queue "nowhere" is missing: run `crossdock topology apply`.']


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_alarm_of_the_broker_is_named_with_its_reason_while_it_lasts() -> None:
    with own_node("alarmed") as node, closing(open_bus(f"{server_of(node).url}/%2F", "alarmed")) as alarmed:
        assert alarmed.problems() == []
        node.control("set_vm_memory_high_watermark", "0.00000001")
        eventually(lambda: bool(alarmed.problems()), "the alarm")
        (problem,) = alarmed.problems()
        assert problem.startswith("RabbitMQ takes no messages, it has an alarm (low on memory); free memory")
        node.control("set_vm_memory_high_watermark", "absolute", "512MB")
        eventually(lambda: alarmed.problems() == [], "its end")
