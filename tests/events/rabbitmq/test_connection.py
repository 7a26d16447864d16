"""The backoff grows from attempt to attempt, up to 30 seconds; an error of a listener ends nothing."""

from pika import SelectConnection
from structlog.testing import capture_logs

from events.rabbitmq.connection import MAX_BACKOFF, RabbitConnection, backoff
from events.rabbitmq.url import addresses_of
from tests.harness import eventually


class FailingOnce:
    """A listener that fails with a message's contents in its error, and works at the second opening."""

    def __init__(self) -> None:
        """Nothing was opened yet."""
        self.opened = 0

    def on_open(self, _connection: SelectConnection) -> None:
        self.opened += 1
        if self.opened == 1:
            raise ValueError("Zebulon Unmistakable, Otherstreet 1")

    def on_lost(self, problem: str) -> None:
        """Do nothing."""


def test_an_error_of_a_listener_is_logged_without_its_text_and_the_connection_opens_again(vhost_url: str) -> None:
    connection, listener = RabbitConnection(addresses_of(vhost_url), "failing once"), FailingOnce()
    with capture_logs() as logged:
        connection.add_listener(listener)
        eventually(lambda: listener.opened == 2, "it opened again")
        connection.close()
    (line,) = [line for line in logged if line["event"] == "connection thread failed"]
    assert line["error"].startswith("ValueError in on_open, line ")
    assert "Zebulon" not in str(logged)


def test_the_first_reconnect_has_no_backoff() -> None:
    assert backoff(1) == 0.0


def test_the_backoff_doubles_up_to_its_maximum() -> None:
    for failures, longest in ((2, 1.0), (3, 2.0), (4, 4.0), (7, MAX_BACKOFF), (100_000, MAX_BACKOFF)):
        waits = [backoff(failures) for _ in range(100)]
        assert max(waits) <= longest
        assert min(waits) >= longest / 2
        assert len(set(waits)) > 1
