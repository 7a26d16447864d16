"""The topology is complete, and valid on every supported RabbitMQ."""

from events.registry import (
    ANNOUNCEMENTS,
    COMMERCE,
    CONSUMERS,
    INBOUND,
    INTAKE,
    PAYLOADS,
    PUBLISHERS,
    RELAY,
    REQUESTS,
    UPSTREAM_SYSTEM,
)
from events.topology import ANNOUNCED, DEAD, EVENTS, INTERNAL, TOPOLOGY, UNROUTED, dead_letter_queue

QUEUES = {queue.name: queue.arguments for queue in TOPOLOGY.queues}


def test_every_event_is_consumed_or_announced_and_never_both() -> None:
    assert sorted((*CONSUMERS.values(), *ANNOUNCEMENTS)) == sorted(PAYLOADS)


def test_every_consumer_gets_its_event_and_no_other() -> None:
    carriers = (EVENTS, INTERNAL)
    bound = [
        (each.target, each.key) for each in TOPOLOGY.bindings if each.exchange in carriers and not each.to_exchange
    ]
    assert dict(bound) == dict(CONSUMERS)
    assert len(bound) == len(CONSUMERS)


def test_crossdocks_own_requests_reach_no_consumer_by_the_event_exchange() -> None:
    open_to_others = {each.key for each in TOPOLOGY.bindings if each.exchange == EVENTS and not each.to_exchange}
    assert open_to_others == set(INBOUND) == set(CONSUMERS.values()) - set(REQUESTS)
    assert {each.key for each in TOPOLOGY.bindings if each.exchange == INTERNAL} == set(REQUESTS)
    assert {(each.exchange, each.key) for each in TOPOLOGY.former_bindings} == {(EVENTS, name) for name in REQUESTS}


def test_every_event_has_publishers_that_exist() -> None:
    assert set(PUBLISHERS) == set(PAYLOADS)
    parties = {party for publishers in PUBLISHERS.values() for party in publishers}
    assert parties <= {*CONSUMERS, UPSTREAM_SYSTEM, COMMERCE, INTAKE, RELAY}


def test_every_announcement_has_a_binding() -> None:
    announced = {each.key for each in TOPOLOGY.bindings if each.to_exchange and each.target == ANNOUNCED}
    assert announced == set(ANNOUNCEMENTS)


def test_every_dead_letter_queue_is_declared_before_its_consumers_queue() -> None:
    order = list(QUEUES)
    for consumer in CONSUMERS:
        assert order.index(dead_letter_queue(consumer)) < order.index(consumer)
        assert QUEUES[consumer]["x-dead-letter-exchange"] == DEAD
        assert QUEUES[consumer]["x-dead-letter-routing-key"] == consumer
        assert any(
            (b.exchange, b.key, b.target) == (DEAD, consumer, dead_letter_queue(consumer)) for b in TOPOLOGY.bindings
        )


def test_dead_lettering_is_at_least_once() -> None:
    for consumer in CONSUMERS:
        assert QUEUES[consumer]["x-dead-letter-strategy"] == "at-least-once"
        assert QUEUES[consumer]["x-overflow"] == "reject-publish"  # without it the strategy is ignored


def test_every_queue_is_a_quorum_queue_with_a_limit_that_every_version_understands() -> None:
    for arguments in QUEUES.values():
        assert arguments["x-queue-type"] == "quorum"
        limit = arguments["x-delivery-limit"]
        assert isinstance(limit, int)
        assert limit > 0  # -1 means "drop at once" on 3.10


def test_unrouted_messages_are_kept() -> None:
    carriers = [exchange for exchange in TOPOLOGY.exchanges if exchange.name in (EVENTS, INTERNAL)]
    assert [each.arguments["alternate-exchange"] for each in carriers] == [UNROUTED, UNROUTED]
    assert any((each.exchange, each.target) == (UNROUTED, UNROUTED) for each in TOPOLOGY.bindings)


def test_every_exchange_is_declared_before_it_is_used() -> None:
    names = [exchange.name for exchange in TOPOLOGY.exchanges]
    assert names.index(UNROUTED) < names.index(EVENTS)
    assert {each.exchange for each in TOPOLOGY.bindings} <= set(names)
    assert {each.target for each in TOPOLOGY.bindings} <= {*names, *QUEUES}
