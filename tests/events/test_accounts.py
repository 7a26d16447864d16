"""The accounts on RabbitMQ are those of the registry, and on a real broker each may do its own work and no other."""

import re
from collections.abc import Callable
from contextlib import closing

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from events.accounts import Account, accounts, own_accounts
from events.bus import Bus, Delivery
from events.errors import BrokerUnavailableError, TopologyError
from events.open_bus import open_bus
from events.registry import ANNOUNCEMENTS, CONSUMERS, INBOUND, PAYLOADS, PUBLISHERS, REQUESTS
from events.topology import ANNOUNCED, DEAD, EVENTS, INTERNAL, TOPOLOGY, UNROUTED, dead_letter_queue, exchange_of
from schemas.message import Message
from tests.events.bus_contract import SOON, eventually
from tests.servers.rabbitmq import SeparateAccounts

BY_ROLE = {account.role: account for account in accounts("crossdock-", ["shop-us"])}

Attempt = Callable[[BlockingChannel], object]


def _allowed(account: Account, event: str) -> bool:
    """Whether the permissions let an account publish an event to its exchange."""
    exchange = exchange_of(event)
    (topic,) = [topic for topic in account.topics if topic.exchange == exchange]
    return bool(re.search(account.write, exchange) and re.search(topic.write, event))


def test_each_account_may_publish_exactly_what_the_registry_says() -> None:
    for role in (*CONSUMERS, "relay", "upstream", "commerce"):
        may_publish = {event for event in PAYLOADS if _allowed(BY_ROLE[role], event)}
        expected = {event for event, parties in PUBLISHERS.items() if role in parties}
        assert may_publish == (set(PAYLOADS) if role == "relay" else expected), role


def test_an_upstream_account_has_the_permissions_that_were_tried() -> None:
    upstream = BY_ROLE["upstream"]
    assert (upstream.configure, upstream.write, upstream.read) == ("^$", r"^crossdock\.events$", "^$")
    keys = r"^(order\.placed|order\.status_changed|commerce\.shipped|catalog\.changed)$"
    assert {topic.exchange: (topic.write, topic.read) for topic in upstream.topics} == {
        EVENTS: (keys, "^$"),
        INTERNAL: ("^$", "^$"),
    }
    shop = BY_ROLE["shop-us"]
    assert (shop.name, shop.write, shop.topics) == ("shop-us", upstream.write, upstream.topics)


def test_only_the_topology_account_and_commerce_may_declare_anything() -> None:
    assert {role for role, account in BY_ROLE.items() if account.configure != "^$"} == {"topology", "commerce"}
    assert not re.search(BY_ROLE["commerce"].configure, "commerce-shipped")


def test_a_consumer_reads_its_queue_alone_and_the_relay_the_dead_letters() -> None:
    queues = [queue.name for queue in TOPOLOGY.queues]
    for consumer in CONSUMERS:
        assert [queue for queue in queues if re.search(BY_ROLE[consumer].read, queue)] == [consumer]
    dead = {UNROUTED, *map(dead_letter_queue, CONSUMERS)}
    assert {queue for queue in queues if re.search(BY_ROLE["relay"].read, queue)} == dead


def test_publishers_are_none_of_crossdocks_own_accounts() -> None:
    own = own_accounts("crossdock-")
    assert own == {BY_ROLE[role].name for role in (*CONSUMERS, "relay", "intake", "work", "up")}


@pytest.fixture
def declared(separate_accounts: SeparateAccounts) -> SeparateAccounts:
    """The accounts, and the topology that the account for it has declared."""
    with closing(open_bus(separate_accounts.url("topology"), "test")) as bus:
        bus.declare(TOPOLOGY)
        assert bus.check(TOPOLOGY) == []
    return separate_accounts


def _publish(exchange: str, key: str, **properties: object) -> Attempt:
    """Return an attempt to publish with a confirm."""

    def attempt(channel: BlockingChannel) -> None:
        channel.confirm_delivery()
        channel.basic_publish(exchange, key, b"{}", pika.BasicProperties(**properties))

    return attempt


FORBIDDEN: tuple[tuple[str, str, Attempt], ...] = (
    *(("upstream", f"publish {name}", _publish(INTERNAL, name)) for name in REQUESTS),
    *(("upstream", f"publish {name} openly", _publish(EVENTS, name)) for name in (*REQUESTS, *ANNOUNCEMENTS[:2])),
    ("upstream", "publish to a queue", _publish("", "canceller")),
    ("upstream", "publish to the dead-letter exchange", _publish(DEAD, "canceller")),
    ("upstream", "publish to the unrouted", _publish(UNROUTED, "")),
    ("upstream", "pretend to be the relay", _publish(EVENTS, "order.placed", user_id="crossdock-relay")),
    ("upstream", "read orders", lambda channel: channel.basic_get("order-placed")),
    ("upstream", "purge a queue", lambda channel: channel.queue_purge("order-placed")),
    ("upstream", "declare a queue", lambda channel: channel.queue_declare("mine")),
    ("upstream", "bind a queue", lambda channel: channel.queue_bind("canceller", EVENTS, "order.placed")),
    ("upstream", "delete an exchange", lambda channel: channel.exchange_delete(EVENTS)),
    ("commerce", "report an order", _publish(EVENTS, "order.placed")),
    ("commerce", "cancel an order", _publish(INTERNAL, "cancel.requested")),
    ("commerce", "read orders", lambda channel: channel.basic_get("order-placed")),
    ("order-placed", "read another queue", lambda channel: channel.basic_get("importer")),
    ("order-placed", "announce an import", _publish(EVENTS, "order.imported")),
    ("order-placed", "report an order", _publish(EVENTS, "order.placed")),
    ("order-placed", "publish to a queue", _publish("", "importer")),
    ("order-placed", "delete its queue", lambda channel: channel.queue_delete("order-placed")),
    ("catalog-changed", "publish anything", _publish(INTERNAL, "import.requested")),
    ("relay", "read a consumer's queue", lambda channel: channel.basic_get("importer")),
    ("relay", "delete a queue", lambda channel: channel.queue_delete("importer")),
    ("intake", "import an order", _publish(INTERNAL, "import.requested")),
    ("intake", "announce an import", _publish(EVENTS, "order.imported")),
    ("intake", "read orders", lambda channel: channel.basic_get("order-placed")),
    ("scheduler", "publish anything", _publish(INTERNAL, "completion.requested")),
    ("reader", "read orders", lambda channel: channel.basic_get("order-placed")),
)


def test_no_account_may_do_the_work_of_another(declared: SeparateAccounts) -> None:
    roles = {role for role, _, _ in FORBIDDEN}
    connections = {role: pika.BlockingConnection(pika.URLParameters(declared.url(role))) for role in roles}
    done = [f"{role}: {what}" for role, what, attempt in FORBIDDEN if not _is_refused(connections[role], attempt)]
    for connection in connections.values():
        connection.close()
    assert done == []


def _is_refused(connection: pika.BlockingConnection, attempt: Attempt) -> bool:
    try:
        attempt(connection.channel())
    except ChannelClosedByBroker as closed:
        return closed.reply_code in (403, 406)  # 406: the user_id is not the account's
    return False


def test_the_commerce_side_may_listen_for_announcements_and_for_nothing_else(declared: SeparateAccounts) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(declared.url("commerce")))
    channel = connection.channel()
    channel.queue_declare("commerce.warehouse")
    for name in ANNOUNCEMENTS:
        channel.queue_bind("commerce.warehouse", EVENTS, name)
    others = ((EVENTS, "#"), (EVENTS, "order.placed"), (EVENTS, "order.*"), (INTERNAL, "#"))
    bound = [binding for binding in others if not _is_refused(connection, _bind(*binding))]
    connection.close()
    assert bound == []


def _bind(exchange: str, key: str) -> Attempt:
    return lambda channel: channel.queue_bind("commerce.warehouse", exchange, key)


def test_a_consumer_receives_and_publishes_with_its_own_account(declared: SeparateAccounts) -> None:
    with closing(open_bus(declared.url("relay"), "relay", declared.prefix)) as relay:
        for consumer in CONSUMERS:
            with closing(open_bus(declared.url(consumer), consumer, declared.prefix)) as bus:
                _receive_and_publish(relay, bus, consumer)
        assert relay.message_count(UNROUTED) == 0


def _receive_and_publish(relay: Bus, bus: Bus, consumer: str) -> None:
    headers: dict[str, str | int] = {"epoch": 2, "publisher": "shop"}
    retried = Message(f"retried-{consumer}", CONSUMERS[consumer], b"{}", to=consumer, headers=headers)
    relay.publish([retried]).wait(SOON)
    subscription = bus.subscribe(consumer, 100)
    received: list[Delivery] = []
    while not any(delivery.message == retried._replace(to=None) for delivery in received):
        received += subscription.receive(100, SOON)
    follow_ups = [name for name, publishers in PUBLISHERS.items() if consumer in publishers]
    bus.publish([Message(name, name, b"{}") for name in follow_ups]).wait(SOON)
    subscription.ack(received)
    subscription.close()


@pytest.mark.parametrize("role", ["relay", "up"])
def test_the_relay_publishes_every_event_and_drains_the_dead_letters(declared: SeparateAccounts, role: str) -> None:
    with closing(open_bus(declared.url(role), role, declared.prefix)) as bus:
        bus.publish([Message(name, name, b"{}") for name in PAYLOADS]).wait(SOON)
        subscriptions = [bus.subscribe(queue, 1) for queue in (UNROUTED, *map(dead_letter_queue, CONSUMERS))]
        for queue, subscription in zip((UNROUTED, *map(dead_letter_queue, CONSUMERS)), subscriptions, strict=True):
            eventually(lambda queue=queue: bus.consumer_count(queue) == 1)  # type: ignore[misc]
            subscription.close()


def test_headers_are_believed_from_own_accounts_only(declared: SeparateAccounts) -> None:
    headers = {"epoch": 7, "attempt": 3, "replay": "r-1", "publisher": "crossdock"}
    connection = pika.BlockingConnection(pika.URLParameters(declared.url("upstream")))
    name = declared.names["upstream"]
    for properties in ({"user_id": name}, {}, {"app_id": "crossdock"}):
        _publish(EVENTS, "order.placed", headers=headers, **properties)(connection.channel())
    connection.close()
    with closing(open_bus(declared.url("order-placed"), "test", declared.prefix)) as bus:
        subscription = bus.subscribe("order-placed", 10)
        received = [subscription.receive(1, SOON)[0].message for _ in range(3)]
    assert [message.headers for message in received] == [{"publisher": name}, {"publisher": "?"}, {"publisher": "?"}]
    assert [message.epoch for message in received] == [0, 0, 0]


def test_a_routing_key_that_passes_by_the_permissions_still_says_who_published(declared: SeparateAccounts) -> None:
    """RabbitMQ does not check the keys in the headers CC and BCC; bound publishers are recognized by the account."""
    name = declared.names["commerce"]
    connection = pika.BlockingConnection(pika.URLParameters(declared.url("commerce")))
    for header in ("CC", "BCC"):
        copies = _publish(
            EVENTS, "commerce.shipped", user_id=name, headers={header: ["order.placed", "cancel.requested"]}
        )
        copies(connection.channel())
    connection.close()
    with closing(open_bus(declared.url("order-placed"), "test", declared.prefix)) as bus:
        subscription = bus.subscribe("order-placed", 10)
        received = [subscription.receive(1, SOON)[0].message for _ in range(2)]
        assert bus.message_count("canceller") == 0
    assert [message.publisher for message in received] == [name, name]


def test_a_process_that_may_not_publish_says_which_permission_it_lacks(declared: SeparateAccounts) -> None:
    with closing(open_bus(declared.url("scheduler"), "test", declared.prefix)) as bus:
        assert bus.message_count("order-placed") == 0
        with pytest.raises(BrokerUnavailableError, match=r"ACCESS_REFUSED.*crossdock\.events"):
            bus.publish([Message("1", "order.placed", b"{}")]).wait(SOON)
        with pytest.raises(TopologyError, match="ACCESS_REFUSED"):
            bus.declare(TOPOLOGY)


def test_bindings_of_an_older_version_are_removed(separate_accounts: SeparateAccounts) -> None:
    with closing(open_bus(separate_accounts.admin_url, "test")) as bus:
        bus.declare(TOPOLOGY)
        connection = pika.BlockingConnection(pika.URLParameters(separate_accounts.admin_url))
        channel = connection.channel()
        for binding in TOPOLOGY.former_bindings:
            channel.queue_bind(binding.target, binding.exchange, binding.key)
        bus.declare(TOPOLOGY)
        _publish(EVENTS, "cancel.requested")(channel)
        connection.close()
        assert (bus.message_count("canceller"), bus.message_count(UNROUTED)) == (0, 1)
    assert ANNOUNCED in {binding.target for binding in TOPOLOGY.bindings}
    assert not set(INBOUND) & {binding.key for binding in TOPOLOGY.former_bindings}
