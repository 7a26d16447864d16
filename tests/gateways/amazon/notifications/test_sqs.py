"""The queue of notifications, on moto's SQS."""

from contextlib import closing
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateways.amazon.notifications.sqs import NotificationQueue, QueuedMessage
from gateways.errors import QueueUnavailableError
from tests.sqs import Queue


@pytest.fixture
def queue(sqs: Any) -> Queue:
    return Queue(sqs)


def test_messages_are_received_and_gone_once_they_are_deleted(queue: Queue) -> None:
    queue.send("one", "two", "three")
    with closing(NotificationQueue(queue.url)) as notifications:
        assert notifications.waiting() == 3
        received = notifications.receive()
        assert {message.body for message in received} == {"one", "two", "three"}
        notifications.delete(received[:2])
    assert queue.left() == 1


def test_a_message_that_cannot_be_deleted_is_logged_and_the_others_are_deleted(queue: Queue) -> None:
    queue.send("one")
    with closing(NotificationQueue(queue.url)) as notifications, capture_logs() as logs:
        notifications.delete([QueuedMessage("other", "no-such-receipt"), *notifications.receive()])
    assert queue.left() == 0
    assert [(log["event"], log["messages"]) for log in logs] == [("notifications not deleted", 1)]


def test_a_queue_that_does_not_exist_is_retried_with_its_reason(queue: Queue) -> None:
    with (
        closing(NotificationQueue(f"{queue.url}-missing")) as notifications,
        pytest.raises(QueueUnavailableError, match=r"NonExistentQueue|QueueDoesNotExist"),
    ):
        notifications.receive()


def test_an_unreachable_server_is_retried(monkeypatch: pytest.MonkeyPatch, queue: Queue) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9")
    with closing(NotificationQueue(queue.url)) as notifications, pytest.raises(QueueUnavailableError):
        notifications.waiting()
