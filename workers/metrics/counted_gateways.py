"""Gateways whose requests are counted and timed."""

import re
from collections.abc import Sequence
from concurrent.futures import Future
from functools import cache, partial
from time import perf_counter

from gateways.port import Gateways, Result
from schemas.errors import RetryableError
from schemas.gateway_requests import Request, RequestRefused
from workers.metrics.process_metrics import ProcessMetrics

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


class CountedGateways:
    """Counts the requests to other gateways; see gateways.port.Gateways."""

    def __init__(self, gateways: Gateways, metrics: ProcessMetrics) -> None:
        """Have *gateways* make the requests, and *metrics* count them."""
        self._gateways = gateways
        self._requests = metrics.requests

    def start(self, requests: Sequence[Request]) -> Sequence[Result | Future[Result]]:
        """Start all requests."""
        begun = perf_counter()
        results = self._gateways.start(requests)
        for request, result in zip(requests, results, strict=True):
            name = name_of(type(request).__name__)
            if isinstance(result, Future):
                result.add_done_callback(partial(self._done, name, begun))
            else:
                self._count(name, _outcome(result), begun)
        return results

    def perform(self, requests: Sequence[Request]) -> list[Result]:
        """Perform all requests, and wait."""
        begun = perf_counter()
        results = self._gateways.perform(requests)
        for request, result in zip(requests, results, strict=True):
            self._count(name_of(type(request).__name__), _outcome(result), begun)
        return results

    def _done(self, name: str, begun: float, future: Future[Result]) -> None:
        failed = future.cancelled() or future.exception() is not None
        self._count(name, "failed" if failed else _outcome(future.result()), begun)

    def _count(self, name: str, outcome: str, begun: float) -> None:
        self._requests.labels(name, outcome).observe(perf_counter() - begun)


def _outcome(result: Result) -> str:
    if isinstance(result, RetryableError):
        return "deferred"
    return "refused" if isinstance(result, RequestRefused) else "answered"


@cache
def name_of(request: str) -> str:
    """Return the name of a kind of request, such as `create_order` for `CreateOrder`."""
    return _CAPITAL.sub("_", request).lower()
