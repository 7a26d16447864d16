"""Requests to Amazon and to Commerce, each to its own gateway; those to Amazon to the account of their store."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from typing import Protocol

from gateways.amazon.sp_api.gateway import AmazonGateway
from gateways.commerce.gateway import CommerceRequest, awaited
from gateways.errors import NoSellerError, SellerBusyError
from gateways.port import Result
from schemas.errors import RetryableError
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


class StoreSellers(Protocol):
    """Knows whose stores the stores are."""

    def of(self, store_ids: Collection[str]) -> Mapping[str, str]:
        """Return the sellers' names by store, of those stores that have a connected one. Raises RetryableError."""
        ...


WAITING = 16
"""Requests that wait for a caller of one seller, at most; the next are deferred. A seller whose calls hang so holds few
of the messages that a consumer may have unacknowledged (`prefetch`), and the other sellers' go on."""


class SellerGateways:
    """The accounts of sellers on Amazon, each with connections, credentials and rates of its own.

    A request is sent by the account of its store's seller and by no other; without a seller it is deferred.
    """

    def __init__(self, accounts: Mapping[str, AmazonGateway], sellers: StoreSellers) -> None:
        """Send requests to the account of the store's seller in *sellers*."""
        self._accounts = accounts
        self._sellers = sellers

    def start(self, requests: Sequence[AmazonRequest]) -> list[Started]:
        """Start all requests, each at its seller's account."""
        try:
            sellers = self._sellers.of({request.key[0] for request in requests})
        except RetryableError as error:
            return [error for _ in requests]
        results: dict[int, Started] = {}
        positions: defaultdict[str, list[int]] = defaultdict(list)
        for position, request in enumerate(requests):
            seller = sellers.get(request.key[0])
            if seller is None:
                results[position] = NoSellerError(request.key[0])
            else:
                positions[seller].append(position)
        for seller, own in positions.items():
            started = self._start([requests[position] for position in own], seller)
            results.update(zip(own, started, strict=True))
        return [results[position] for position in range(len(requests))]

    def _start(self, requests: Sequence[AmazonRequest], seller: str) -> list[Started]:
        account = self._accounts[seller]
        room = max(0, WAITING + account.client.http.free_callers) if len(self._accounts) > 1 else len(requests)
        busy: list[Started] = [SellerBusyError(seller) for _ in requests[room:]]
        return [*account.start(requests[:room]), *busy]
