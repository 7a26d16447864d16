"""The waits between tries grow, and never beyond half a minute."""

from events.rabbitmq.connection import LONGEST, backoff


def test_the_first_failure_is_answered_at_once() -> None:
    assert backoff(1) == 0.0


def test_the_waits_grow_to_the_longest() -> None:
    for failures, max_messages in ((2, 1.0), (3, 2.0), (4, 4.0), (7, LONGEST), (100_000, LONGEST)):
        drawn = [backoff(failures) for _ in range(100)]
        assert max(drawn) <= max_messages
        assert min(drawn) >= max_messages / 2
        assert len(set(drawn)) > 1
