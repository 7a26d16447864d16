"""The backoff grows from attempt to attempt, up to 30 seconds; an error in its thread ends nothing."""

from pika import SelectConnection
from structlog.testing import capture_logs

from events.rabbitmq.connection import MAX_BACKOFF, RabbitConnection, backoff
from events.rabbitmq.url import addresses_of
from tests.harness import eventually


class Openings:
    """A listener that counts how often the connection was opened."""

    def __init__(self) -> None:
        """None yet."""
        self.count = 0

    def on_open(self, _connection: SelectConnection) -> None:
        self.count += 1

    def on_lost(self, problem: str) -> None:
        """Do nothing."""


def _fail() -> None:
    raise ValueError("Zebulon Unmistakable, Otherstreet 1")


def test_an_error_in_its_thread_is_logged_without_its_text_and_the_connection_opens_again(vhost_url: str) -> None:
    connection, openings = RabbitConnection(addresses_of(vhost_url), "failing once"), Openings()
    with capture_logs() as logged:
        connection.add_listener(openings)
        eventually(lambda: openings.count == 1, "it opened")
        connection.call_threadsafe(_fail)
        eventually(lambda: openings.count == 2, "it opened again")
        connection.close()
    (line,) = [line for line in logged if line["event"] == "connection thread failed"]
    assert line["error"].startswith("ValueError in _fail, line ")
    assert "Zebulon" not in str(logged)


def test_the_first_reconnect_has_no_backoff() -> None:
    assert backoff(1) == 0.0


def test_the_backoff_doubles_up_to_its_maximum() -> None:
    for failures, longest in ((2, 1.0), (3, 2.0), (4, 4.0), (7, MAX_BACKOFF), (100_000, MAX_BACKOFF)):
        waits = [backoff(failures) for _ in range(100)]
        assert max(waits) <= longest
        assert min(waits) >= longest / 2
        assert len(set(waits)) > 1
