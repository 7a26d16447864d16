"""The port's simulated side: each request goes to the simulated Amazon or the simulated Commerce."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from gateways.port import Result
from gateways.simulator.amazon import AmazonRequest, SimulatedAmazon
from gateways.simulator.commerce import SimulatedCommerce
from gateways.simulator.documents import DocumentStore
from gateways.simulator.shop import CommerceRequest
from schemas.errors import RetryableError
from schemas.gateway_requests import Answer, CancelAmazonOrder, ConfirmShipment, Request

RequestT = TypeVar("RequestT")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SimulatedGateways:
    """A Gateways whose both ends are simulated, in two transactions a call: one for Commerce, one for Amazon."""

    def __init__(self, records: DocumentStore, clock: Callable[[], datetime] = _utc_now) -> None:
        """Keep both ends' state in `records`."""
        self.commerce = SimulatedCommerce(records)
        self.amazon = SimulatedAmazon(records, clock)

    def perform(self, requests: Sequence[Request]) -> list[Result]:
        """Ask all requests and return one result a request, in their order; see Gateways."""
        to_amazon: dict[int, AmazonRequest] = {}
        to_commerce: dict[int, CommerceRequest] = {}
        for place, request in enumerate(requests):
            if isinstance(request, ConfirmShipment | CancelAmazonOrder):
                to_amazon[place] = request
            else:
                to_commerce[place] = request
        results = _perform_all(self.commerce.perform, to_commerce) | _perform_all(self.amazon.perform, to_amazon)
        return [results[place] for place in range(len(requests))]


def _perform_all(
    perform: Callable[[Sequence[RequestT]], list[Answer]], asked: dict[int, RequestT]
) -> dict[int, Result]:
    if not asked:
        return {}
    try:
        return dict(zip(asked, perform(list(asked.values())), strict=True))
    except RetryableError as error:
        return dict.fromkeys(asked, error)
