"""Requests to Amazon and requests to Commerce, each to its own gateway."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from gateways.commerce.gateway import CommerceRequest, awaited
from gateways.port import Result
from schemas.gateway_requests import AmazonRequest, Request

Started = Result | Future[Result]


class CommerceSide(Protocol):
    """Takes requests to Commerce, as `gateways.port.Gateways` does."""

    def start(self, requests: Sequence[CommerceRequest]) -> Sequence[Started]:
        """Start all requests."""
        ...


class AmazonSide(Protocol):
    """Takes requests to Amazon, as `gateways.port.Gateways` does."""

    def start(self, requests: Sequence[AmazonRequest]) -> Sequence[Started]:
        """Start all requests."""
        ...


class RoutedGateways:
    """A Commerce and an Amazon, each over HTTP or simulated; see gateways.port.Gateways."""

    def __init__(self, commerce: CommerceSide, amazon: AmazonSide) -> None:
        """Send requests to these."""
        self._commerce = commerce
        self._amazon = amazon

    def start(self, requests: Sequence[Request]) -> list[Started]:
        """Start all requests, each at its gateway."""
        to_amazon: list[tuple[int, AmazonRequest]] = []
        to_commerce: list[tuple[int, CommerceRequest]] = []
        for position, request in enumerate(requests):
            if isinstance(request, AmazonRequest):
                to_amazon.append((position, request))
            else:
                to_commerce.append((position, request))
        results: dict[int, Started] = {}
        if to_commerce:
            started = self._commerce.start([request for _, request in to_commerce])
            results.update(zip((position for position, _ in to_commerce), started, strict=True))
        if to_amazon:
            done = self._amazon.start([request for _, request in to_amazon])
            results.update(zip((position for position, _ in to_amazon), done, strict=True))
        return [results[position] for position in range(len(requests))]

    def perform(self, requests: Sequence[Request]) -> list[Result]:
        """Perform all requests and wait for their results."""
        return [awaited(result) for result in self.start(requests)]
