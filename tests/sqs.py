"""SQS on loopback, by moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from boto3.session import Session


class Queue:
    """A queue, as Amazon sends to it."""

    def __init__(self, client: Any) -> None:
        """Make a queue."""
        self._client = client
        self.url: str = client.create_queue(QueueName=f"orders-{uuid4()}")["QueueUrl"]

    def send(self, *bodies: str) -> None:
        """Send messages."""
        for body in bodies:
            self._client.send_message(QueueUrl=self.url, MessageBody=body)

    def left(self) -> int:
        """Return how many messages are in the queue, those received and not deleted too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self._client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)


@contextmanager
def serving_sqs() -> Iterator[Any]:
    """Serve SQS until the end of the block, and direct boto3 to it by the environment. Returns a client of it."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - it costs 0.3 s in each process that collects tests

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    variables = {
        "AWS_ENDPOINT_URL_SQS": f"http://{host}:{port}",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in variables.items():
            environment.setenv(name, value)
        client = Session().client("sqs")
        try:
            yield client
        finally:
            client.close()
            server.stop()
