"""The backoff grows from attempt to attempt, up to 30 seconds."""

from events.rabbitmq.connection import MAX_BACKOFF, backoff


def test_the_first_reconnect_has_no_backoff() -> None:
    assert backoff(1) == 0.0


def test_the_backoff_doubles_up_to_its_maximum() -> None:
    for failures, longest in ((2, 1.0), (3, 2.0), (4, 4.0), (7, MAX_BACKOFF), (100_000, MAX_BACKOFF)):
        waits = [backoff(failures) for _ in range(100)]
        assert max(waits) <= longest
        assert min(waits) >= longest / 2
        assert len(set(waits)) > 1
