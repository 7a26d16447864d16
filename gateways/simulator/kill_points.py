"""Named points at which a trial kills the process that calls a simulator, between the effect and the answer.

There the effect of the call is known to the other side alone.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from gateways.simulator.serving import AnswersHttp
from gateways.simulator.traffic import HttpAnswer, HttpRequest

POINTS = {
    "notifications received": r"ReceiveMessage",
    "notifications deleted": r"DeleteMessageBatch",
    "order read": r"GET /orders/2026-01-01/orders/.+",
    "cart created": r"POST .*/V1/carts/",
    "item added": r"POST .*/V1/carts/\d+/items",
    "cart placed": r"PUT .*/V1/carts/\d+/order",
    "order written": r"POST .*/V1/orders",
    "order canceled": r"POST .*/V1/orders/\d+/cancel",
    "shipment read": r"GET .*/V1/shipments",
    "parcel confirmed": r"POST /orders/v0/orders/.+/shipmentConfirmation",
    "invoice made": r"POST .*/V1/order/\d+/invoice",
}
"""The calls by the names of their points; those of the queue by their actions."""

_PATTERNS = {name: re.compile(pattern) for name, pattern in POINTS.items()}


@dataclass
class KillPoints:
    """Points that are left: the first time that one is reached, *kill* kills the caller."""

    kill: Callable[[str], None]
    left: set[str] = field(default_factory=lambda: set(POINTS))

    def around(self, simulator: AnswersHttp) -> "KillingSimulator":
        """Return a simulator whose answers pass the points."""
        return KillingSimulator(simulator, self)

    def passes(self, name: str) -> bool:
        """Kill the caller at a point that is left; return whether it goes on."""
        if name not in self.left:
            return True
        self.left.remove(name)
        self.kill(name)
        return False


@dataclass
class KillingSimulator:
    """A simulator that kills its caller at the points, when a call succeeded."""

    simulator: AnswersHttp
    points: KillPoints

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer a request, or kill the caller instead."""
        answer = self.simulator.answer(request)
        name = point_of(request, answer, self.points.left)
        return answer if name is None or self.points.passes(name) else answer._replace(lost=True)


def point_of(request: HttpRequest, answer: HttpAnswer, names: Collection[str]) -> str | None:
    """Return which of the points a call that succeeded is at. To receive nothing is none."""
    action = request.headers.get("x-amz-target", "").partition(".")[2]
    call = action or f"{request.method} {request.target.partition('?')[0]}"
    if answer.status >= 300 or (action == "ReceiveMessage" and b'"Messages"' not in answer.body):
        return None
    return next((name for name in names if _PATTERNS[name].fullmatch(call)), None)
