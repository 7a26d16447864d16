"""The SQS queue of Amazon's notifications. The only module that knows boto3, which is an extra: `crossdock[amazon]`.

AWS credentials, the region where the queue's URL does not name it, and another endpoint (`AWS_ENDPOINT_URL_SQS`) are
boto3's own to find: environment, profile, or the role of the machine.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

import structlog

from gateways.errors import QueueUnavailableError
from schemas.errors import SettingsError

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

AT_ONCE = 10
"""Messages received or deleted by one call, SQS's limit."""

WAIT = 3
"""Seconds that a call waits for messages (long polling). SQS allows 20, but a process that stops waits for the call."""

VISIBILITY = 30
"""Seconds until a received message that was not deleted is received again; they are saved and deleted within one."""

_REGION = re.compile(r"https://(?:sqs\.([a-z0-9-]+)\.|([a-z0-9-]+)\.queue\.)amazonaws\.com")


class QueuedMessage(NamedTuple):
    """A message of the queue: its body, and the receipt by which it is deleted."""

    body: str
    receipt: str


class QueueFacts(NamedTuple):
    """The attributes of a queue: its ARN, and its policy as JSON, None without one."""

    arn: str
    policy: str | None

    def lets_send(self, account: str) -> bool:
        """Return whether the policy names an account."""
        return account in (self.policy or "")


class NotificationQueue:
    """One queue. Its methods raise QueueUnavailableError."""

    def __init__(self, url: str) -> None:
        """Open the queue at *url*. Raises SettingsError when boto3 or a credential is missing."""
        self._url = url
        self._client = _client(url)

    def receive(self) -> list[QueuedMessage]:
        """Return the next messages, 10 at most; none after `WAIT` seconds without any."""
        answer = self._call(
            "receive messages",
            lambda: self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=AT_ONCE, WaitTimeSeconds=WAIT, VisibilityTimeout=VISIBILITY
            ),
        )
        return [QueuedMessage(message["Body"], message["ReceiptHandle"]) for message in answer.get("Messages", ())]

    def delete(self, messages: Sequence[QueuedMessage]) -> None:
        """Delete messages, 10 at most. One that SQS fails to delete is logged, and received again."""
        entries = [{"Id": str(index), "ReceiptHandle": message.receipt} for index, message in enumerate(messages)]
        answer = self._call(
            "delete messages", lambda: self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)
        )
        if failed := answer.get("Failed"):
            log.warning(
                "notifications not deleted", messages=len(failed), codes=sorted({failure["Code"] for failure in failed})
            )

    def waiting(self) -> int:
        """Return about how many messages wait in the queue."""
        name = "ApproximateNumberOfMessages"
        return int(self._attributes(name)[name])

    def facts(self) -> QueueFacts:
        """Return the queue's ARN and policy."""
        attributes = self._attributes("QueueArn", "Policy")
        return QueueFacts(attributes["QueueArn"], attributes.get("Policy"))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _attributes(self, *names: str) -> Mapping[str, str]:
        answer = self._call(
            "read the attributes",
            lambda: self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=list(names)),
        )
        attributes: Mapping[str, str] = answer["Attributes"]
        return attributes

    def _call(self, operation: str, call: Callable[[], Answer]) -> Answer:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

        try:
            return call()
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise QueueUnavailableError(f"SQS failed to {operation} of {self._url}: {code}.") from None
        except BotoCoreError as error:
            raise QueueUnavailableError(f"SQS failed to {operation} of {self._url}: {type(error).__name__}.") from None


def _client(url: str) -> Any:
    try:
        from boto3.session import Session  # noqa: PLC0415 - an extra, which also costs 0.2 s
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415
        from botocore.session import get_session  # noqa: PLC0415
    except ImportError:
        raise SettingsError("boto3 is not installed, which reads SQS; install crossdock[amazon].") from None
    match = _REGION.match(url)
    config = Config(connect_timeout=5, read_timeout=WAIT + 20, retries={"mode": "standard", "total_max_attempts": 2})
    session = get_session()
    region = match and (match[1] or match[2])
    try:
        session.register_component("data_loader", _loader(session.get_config_variable("data_path")))
        return Session(botocore_session=session).client("sqs", region_name=region, config=config)
    except (BotoCoreError, ValueError) as error:
        raise SettingsError(f"boto3 cannot open the queue {url}: {error}") from None


@cache
def _loader(data_path: str | None) -> Any:
    """Return the loader of AWS's descriptions of its services, which keeps them: a client needs 0.2 s to read them."""
    from botocore.loaders import create_loader  # noqa: PLC0415

    return create_loader(data_path)
