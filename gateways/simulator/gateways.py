"""The simulated implementation of the port: each request goes to the simulated Amazon or the simulated Commerce."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from gateways.port import Result
from gateways.simulator.amazon import SimulatedAmazon
from gateways.simulator.commerce import SimulatedCommerce
from gateways.simulator.documents import DocumentStore
from gateways.simulator.shop import CommerceRequest
from schemas.errors import RetryableError
from schemas.gateway_requests import AmazonRequest, Answer, Request

RequestT = TypeVar("RequestT")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SimulatedGateways:
    """A Gateways of two simulators, in two transactions a call: one for Commerce, one for Amazon."""

    def __init__(self, documents: DocumentStore, clock: Callable[[], datetime] = _utc_now) -> None:
        """Store the state of both simulators in *documents*."""
        self.commerce = SimulatedCommerce(documents)
        self.amazon = SimulatedAmazon(documents, clock)

    def start(self, requests: Sequence[Request]) -> list[Result]:
        """Carry out all requests at once; see Gateways."""
        return self.perform(requests)

    def perform(self, requests: Sequence[Request]) -> list[Result]:
        """Carry out all requests and return one result a request, in their order; see Gateways."""
        to_amazon: dict[int, AmazonRequest] = {}
        to_commerce: dict[int, CommerceRequest] = {}
        for position, request in enumerate(requests):
            if isinstance(request, AmazonRequest):
                to_amazon[position] = request
            else:
                to_commerce[position] = request
        results = _perform_all(self.commerce.perform, to_commerce) | _perform_all(self.amazon.perform, to_amazon)
        return [results[position] for position in range(len(requests))]


def _perform_all(
    perform: Callable[[Sequence[RequestT]], list[Answer]], requests: dict[int, RequestT]
) -> dict[int, Result]:
    if not requests:
        return {}
    try:
        return dict(zip(requests, perform(list(requests.values())), strict=True))
    except RetryableError as error:
        return dict.fromkeys(requests, error)
