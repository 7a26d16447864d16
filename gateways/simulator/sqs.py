"""A queue of SQS over HTTP, as far as its readers go, with the faults that a standard queue may have.

Source: the JSON protocol of Amazon SQS (API version 2012-11-05). A standard queue delivers at least once and in no
order; loss stands for notifications that Amazon never sends.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import md5
from itertools import count
from random import Random
from typing import Any

from gateways.simulator.traffic import HttpAnswer, HttpRequest

ACCOUNT = "000000000000"
NAME = "crossdock-notifications"
ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{NAME}"
PATH = f"/{ACCOUNT}/{NAME}"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::437568002678:root"},
            "Action": ["sqs:SendMessage", "sqs:GetQueueAttributes"],
            "Resource": ARN,
        }
    ],
}
EMPTY_WAIT = 0.1
"""Seconds that an answer without messages takes, even if the reader allows less: one may come in the meantime."""

Json = dict[str, Any]


@dataclass
class Delivery:
    """The queue's faults: shares of them lost, and delivered twice; seconds of delay, at random up to it.

    With `disorder` the next message is any that waits, not the oldest.
    """

    lost: float = 0.0
    doubled: float = 0.0
    delay: float = 0.0
    disorder: bool = False
    chance: Random = field(default_factory=Random)


@dataclass
class Message:
    """A copy of a message: it is received once it is `visible`, and again unless it was deleted."""

    message_id: str
    body: str
    visible: datetime
    receipt: str = ""
    received: int = 0


@dataclass
class SimulatedQueue:
    """One queue. `sent`, `lost` and `doubled` count messages."""

    clock: Callable[[], datetime]
    delivery: Delivery = field(default_factory=Delivery)
    messages: dict[str, Message] = field(default_factory=dict)
    sent: int = 0
    lost: int = 0
    doubled: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def put(self, arn: str, body: str) -> bool:
        """Send a message to the queue; False if it has another ARN."""
        if arn != ARN:
            return False
        chance, self.sent = self.delivery.chance, self.sent + 1
        if chance.random() < self.delivery.lost:
            self.lost += 1
            return True
        is_doubled = chance.random() < self.delivery.doubled
        self.doubled += is_doubled
        for _ in range(1 + is_doubled):
            visible = self.clock() + timedelta(seconds=self.delivery.delay * chance.random())
            number = f"{next(self._numbers):010}"
            self.messages[number] = Message(number, body, visible)
        return True

    def has(self, arn: str) -> bool:
        """Whether this is the queue of an ARN."""
        return arn == ARN

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer a reader."""
        body = json.loads(request.body or b"{}")
        match request.headers.get("x-amz-target", "").partition(".")[2]:
            case "ReceiveMessage":
                received = self._receive(
                    int(body.get("MaxNumberOfMessages", 1)), int(body.get("VisibilityTimeout", 30))
                )
                return _answer({"Messages": received} if received else {}, delay=0.0 if received else EMPTY_WAIT)
            case "DeleteMessage":
                self._delete(str(body.get("ReceiptHandle")))
                return _answer({})
            case "DeleteMessageBatch":
                return _answer(self._delete_batch(body.get("Entries") or []))
            case "GetQueueAttributes":
                return _answer({"Attributes": self._attributes()})
        return _answer({"__type": "com.amazonaws.sqs#UnsupportedOperation", "message": "not simulated"}, 400)

    def _attributes(self) -> Json:
        number = str(len(self.messages))
        return {"ApproximateNumberOfMessages": number, "QueueArn": ARN, "Policy": json.dumps(POLICY)}

    def _receive(self, most: int, visibility: int) -> list[Json]:
        now = self.clock()
        waiting = [message for message in self.messages.values() if message.visible <= now]
        if self.delivery.disorder:
            self.delivery.chance.shuffle(waiting)
        return [self._handed_out(message, now + timedelta(seconds=visibility)) for message in waiting[:most]]

    def _handed_out(self, message: Message, visible_again: datetime) -> Json:
        message.received += 1
        message.visible, message.receipt = visible_again, f"{message.message_id}/{message.received}"
        return {
            "MessageId": message.message_id,
            "ReceiptHandle": message.receipt,
            "MD5OfBody": md5(message.body.encode(), usedforsecurity=False).hexdigest(),
            "Body": message.body,
        }

    def _delete_batch(self, entries: list[Json]) -> Json:
        wrong = {"SenderFault": True, "Code": "ReceiptHandleIsInvalid"}
        results = {str(entry["Id"]): self._delete(str(entry["ReceiptHandle"])) for entry in entries}
        return {
            "Successful": [{"Id": number} for number, is_deleted in results.items() if is_deleted],
            "Failed": [{"Id": number} | wrong for number, is_deleted in results.items() if not is_deleted],
        }

    def _delete(self, receipt: str) -> bool:
        """Delete a message by its receipt; deleting it twice is no error. False for no receipt of this queue."""
        number, slash, _ = receipt.partition("/")
        self.messages.pop(number, None)
        return bool(slash)


def _answer(document: Json, status: int = 200, delay: float = 0.0) -> HttpAnswer:
    return HttpAnswer(status, json.dumps(document).encode(), "application/x-amz-json-1.0", delay=delay)
