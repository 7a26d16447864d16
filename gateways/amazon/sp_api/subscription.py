"""The delivery of ORDER_CHANGE: the destination, which is the application's, and the subscription, the seller's.

Source: Notifications API v1. Calls about destinations need a token without a seller ("grantless").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateways.errors import CallFailedError, CallRefusedError
from gateways.http.call import Call
from gateways.http.client import HttpClient
from gateways.http.outcome import Outcome
from gateways.http.problem import Problem

_PATH = "/notifications/v1"
_SUBSCRIPTION = f"{_PATH}/subscriptions/ORDER_CHANGE"
_DIRECTIVE = {
    "eventFilter": {
        "eventFilterType": "ORDER_CHANGE",
        "orderChangeTypes": ["OrderStatusChange", "BuyerRequestedChange"],
    }
}
NAME = "crossdock"
CONFLICT, NOT_FOUND = 409, 404


class Subscription(NamedTuple):
    """The seller's subscription, and the ARN of the queue that it sends to; None if that is no queue of SQS."""

    subscription_id: str
    queue_arn: str | None


@dataclass(frozen=True, slots=True)
class SubscriptionClient:
    """Finds and makes the subscription. Its methods raise CallFailedError, CallRefusedError, RetryableError."""

    seller: HttpClient
    application: HttpClient

    def find(self) -> Subscription | None:
        """Return the seller's subscription to ORDER_CHANGE, None without one."""
        call = Call("get the subscription", "GET", _SUBSCRIPTION, budget="notifications", answers=frozenset({404}))
        reply = self.seller.call(call)
        if reply.status == NOT_FOUND:
            return None
        payload = _payload(reply.data, "get the subscription")
        destination = self._destination(str(payload.get("destinationId")))
        return Subscription(str(payload.get("subscriptionId")), _arn(destination))

    def subscribe(self, queue_arn: str) -> Subscription:
        """Have notifications sent to the queue; the destination is made where there is none for it."""
        destination_id = self._find_destination(queue_arn) or self._make_destination(queue_arn)
        body = {"payloadVersion": "1.0", "destinationId": destination_id, "processingDirective": _DIRECTIVE}
        call = Call("create the subscription", "POST", _SUBSCRIPTION, body=body, budget="notifications")
        payload = _payload(self.seller.call(call).data, "create the subscription")
        return Subscription(str(payload.get("subscriptionId")), queue_arn)

    def remove(self, subscription: Subscription) -> None:
        """Delete a subscription, so that another can be made."""
        path = f"{_SUBSCRIPTION}/{subscription.subscription_id}"
        self.application.call(Call("delete the subscription", "DELETE", path, budget="notifications"))

    def _destination(self, destination_id: str) -> Mapping[str, Any]:
        path = f"{_PATH}/destinations/{destination_id}"
        data = self.application.call(Call("get the destination", "GET", path, budget="notifications")).data
        return _payload(data, "get the destination")

    def _find_destination(self, queue_arn: str) -> str | None:
        call = Call("get the destinations", "GET", f"{_PATH}/destinations", budget="notifications")
        data = self.application.call(call).data
        destinations = data.get("payload") if isinstance(data, dict) else None
        matching = [
            destination
            for destination in destinations or []
            if isinstance(destination, dict) and _arn(destination) == queue_arn
        ]
        return str(matching[0].get("destinationId")) if matching else None

    def _make_destination(self, queue_arn: str) -> str:
        body = {"name": NAME, "resourceSpecification": {"sqs": {"arn": queue_arn}}}
        call = Call("create the destination", "POST", f"{_PATH}/destinations", body=body, budget="notifications")
        try:
            return str(_payload(self.application.call(call).data, "create the destination").get("destinationId"))
        except CallRefusedError as error:
            # A call whose answer was lost has made it; one of the same name may be for another queue.
            made = self._find_destination(queue_arn) if error.reply.status == CONFLICT else None
            if made is None:
                raise
            return made


def _arn(destination: Mapping[str, Any]) -> str | None:
    resource = destination.get("resource")
    queue = resource.get("sqs") if isinstance(resource, dict) else None
    arn = queue.get("arn") if isinstance(queue, dict) else None
    return arn if isinstance(arn, str) else None


def _payload(data: Any, operation: str) -> Mapping[str, Any]:
    payload = data.get("payload") if isinstance(data, dict) else None
    if not isinstance(payload, dict):
        problem = Problem("answer", "Amazon's answer has no payload.")
        raise CallFailedError(f"Amazon failed to {operation}: {problem.sentence}", Outcome.BROKEN, problem)
    return payload
