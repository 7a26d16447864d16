"""The topology is complete, and as it must be on every RabbitMQ."""

from events.registry import ANNOUNCEMENTS, CONSUMERS, PAYLOADS
from events.topology import ANNOUNCED, DEAD, EVENTS, TOPOLOGY, UNROUTED, dead_letter_queue

QUEUES = {queue.name: queue.arguments for queue in TOPOLOGY.queues}


def test_every_event_is_taken_or_announced_and_never_both() -> None:
    assert sorted((*CONSUMERS.values(), *ANNOUNCEMENTS)) == sorted(PAYLOADS)


def test_every_consumer_gets_its_event_and_no_other() -> None:
    bound = [(one.target, one.key) for one in TOPOLOGY.bindings if one.exchange == EVENTS and not one.to_exchange]
    assert dict(bound) == dict(CONSUMERS)
    assert len(bound) == len(CONSUMERS)


def test_every_announcement_has_an_end() -> None:
    ends = {one.key for one in TOPOLOGY.bindings if one.to_exchange and one.target == ANNOUNCED}
    assert ends == set(ANNOUNCEMENTS)


def test_every_consumer_has_a_safety_net_that_is_made_before_it() -> None:
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


def test_what_nobody_takes_is_kept() -> None:
    (events,) = [exchange for exchange in TOPOLOGY.exchanges if exchange.name == EVENTS]
    assert events.arguments["alternate-exchange"] == UNROUTED
    assert any((one.exchange, one.target) == (UNROUTED, UNROUTED) for one in TOPOLOGY.bindings)


def test_an_exchange_is_made_before_it_is_needed() -> None:
    names = [exchange.name for exchange in TOPOLOGY.exchanges]
    assert names.index(UNROUTED) < names.index(EVENTS)
    assert {one.exchange for one in TOPOLOGY.bindings} <= set(names)
    assert {one.target for one in TOPOLOGY.bindings} <= {*names, *QUEUES}
