"""Commerce as the port has it: requests of workers, each performed by one of the client's threads."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from math import ceil

from gateways.commerce import endings
from gateways.commerce.client import CommerceClient
from gateways.commerce.creation import Creation
from gateways.commerce.errors import INTERNAL
from gateways.commerce.lookup import Catalog, look_up
from gateways.errors import CallFailedError, CallRefusedError
from gateways.http.client import HttpClient
from gateways.http.outcome import Outcome
from gateways.port import Result
from schemas.errors import RetryableError
from schemas.gateway_requests import (
    Accepted,
    Answer,
    CancelCommerceOrder,
    ChangeAddress,
    CompleteOrder,
    CreateOrder,
    LookUpOrder,
    RequestRefused,
    ReserveStock,
)

CommerceRequest = LookUpOrder | CreateOrder | CompleteOrder | CancelCommerceOrder | ChangeAddress | ReserveStock

LOOKUP_BATCH = 20
"""Orders that are looked up by the same calls, at most; a call that hangs holds up no more than these."""

MAX_EQUAL_ERRORS = 3
"""Equal internal errors of one order, one after the other, after which it is no outage but a fault of the shop."""


@dataclass(frozen=True, slots=True)
class CommerceGateway:
    """A shop; see gateways.port.Gateways."""

    http: HttpClient
    client: CommerceClient
    catalog: Catalog
    creation: Creation

    def start(self, requests: Sequence[CommerceRequest]) -> list[Result | Future[Result]]:
        """Start all requests: every one alone, but for look-ups while callers are scarce."""
        lookups = [(position, r) for position, r in enumerate(requests) if isinstance(r, LookUpOrder)]
        results: dict[int, Result | Future[Result]] = {}
        # A look-up waits for no other one as long as there is a caller for each.
        size = min(LOOKUP_BATCH, ceil(len(lookups) / max(1, self.http.free_callers)))
        for first in range(0, len(lookups), size or 1):
            chunk = lookups[first : first + size]
            chunk_results = self.http.submit(self._look_up, [request for _, request in chunk])
            results |= {position: _nth(chunk_results, index) for index, (position, _) in enumerate(chunk)}
        for position, request in enumerate(requests):
            if not isinstance(request, LookUpOrder):
                results[position] = self.http.submit(partial(_judged, partial(self._perform, request)))
        return [results[position] for position in range(len(requests))]

    def perform(self, requests: Sequence[CommerceRequest]) -> list[Result]:
        """Perform all requests and wait for their results."""
        return [awaited(result) for result in self.start(requests)]

    def _look_up(self, requests: Sequence[LookUpOrder]) -> Sequence[Result]:
        try:
            return look_up(self.creation.orders, self.catalog, requests)
        except CallRefusedError as error:
            # A refused question is no answer to it: the events wait until the shop, or its set-up, is in order.
            raise RetryableError(str(error)) from None

    def _perform(self, request: CommerceRequest) -> Answer:
        match request:
            case CreateOrder():
                return self.creation.create(request)
            case CompleteOrder():
                return endings.complete(self.creation.orders, self.creation.mode, request)
            case CancelCommerceOrder():
                return endings.cancel(self.creation.orders, self.creation.mode, request)
            case ChangeAddress():
                return self.creation.change_address(request)
            case ReserveStock():
                return _reserve(request)
            case _:
                raise TypeError(f"{type(request).__name__} is looked up")


def awaited(result: Result | Future[Result]) -> Result:
    """Wait for a result; a transient failure is one, too."""
    if not isinstance(result, Future):
        return result
    try:
        return result.result()
    except RetryableError as error:
        return error


def _judged(perform: Callable[[], Answer]) -> Result:
    """Return the answer, or the refusal; a fault that repeats itself is one as well."""
    try:
        return perform()
    except CallRefusedError as error:
        return RequestRefused(str(error))
    except CallFailedError as error:
        is_internal = error.outcome is Outcome.TRY_LATER and error.code in ("500", INTERNAL)
        if is_internal and error.alike >= MAX_EQUAL_ERRORS:
            report = f" (report {error.request_id})" if error.request_id else ""
            return RequestRefused(f"{error}{report}")
        return error


def _reserve(request: ReserveStock) -> Accepted | RequestRefused:
    if not request.quantities:
        return Accepted("No stock is reserved without a Commerce order")
    return RequestRefused(
        "Commerce's REST API reserves stock with an order only; switch the store's reserve_quantity off"
    )


def _nth(results: Future[Sequence[Result]], index: int) -> Future[Result]:
    """Return the future of one of several look-ups."""
    nth: Future[Result] = Future()

    def resolve(done: Future[Sequence[Result]]) -> None:
        if done.cancelled():
            nth.set_result(RetryableError("Crossdock is stopping: the look-up was not made."))
        elif error := done.exception():
            nth.set_exception(error)
        else:
            nth.set_result(done.result()[index])

    results.add_done_callback(resolve)
    return nth
