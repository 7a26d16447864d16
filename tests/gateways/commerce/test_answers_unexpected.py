"""Answers of Commerce with a field of another type than described: a call is repeated later, or the order goes on."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from gateways.commerce.addresses import AddressBook
from gateways.commerce.attempts import Attempts
from gateways.commerce.catalog import CommerceCatalog
from gateways.commerce.client import CommerceClient
from gateways.commerce.creation import Creation, StockMode
from gateways.commerce.entities import Payment
from gateways.commerce.errors import CommerceErrors
from gateways.commerce.gateway import CommerceGateway, CommerceRequest
from gateways.commerce.lookup import Catalog
from gateways.commerce.module import ShopModule
from gateways.commerce.oauth import OAuthSignature
from gateways.commerce.shipments import read_shipments
from gateways.commerce.stock_drift import stock_drifts
from gateways.http.client import Conditions, HttpClient
from gateways.simulator.rest.server import RestServer
from gateways.simulator.serving import served
from gateways.simulator.traffic import HttpAnswer, HttpRequest
from schemas.errors import CrossdockError
from schemas.gateway_requests import CancelCommerceOrder, CompleteOrder, LookUpOrder, OrderCreated
from tests.gateways.commerce.shops import CountingLog, order, stocked
from tests.gateways.simulator.memory import MemoryDocumentStore
from tests.gateways.simulator.requests import KEY, creation, line
from tests.gateways.simulator.rest.shops import keys_of

Place = tuple[str | int, ...]

WRONG: Sequence[Any] = (
    None, "", " ", "abc", "\x00", "x" * 300, -1, 1.5, 10**400, True, [], {}, [None], [[]], {"a": None},
)  # fmt: skip

READ_AS_IT_COMES = {"custom_attributes", "message"}


@dataclass
class DamagingServer(RestServer):
    """A server that has a wrong value at a place of its n-th answer; `documents` are the answers, by resource."""

    nth: int = -1
    place: Place = ()
    value: Any = None
    documents: list[tuple[str, Any]] = field(default_factory=list)

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer, and damage the answer if it is its turn."""
        answer = super().answer(request)
        document = json.loads(answer.body)
        is_turn = len(self.documents) == self.nth
        resource = re.sub("[0-9]+", "ID", request.target.partition("?")[0])
        self.documents.append((f"{request.method} {resource}", document if answer.status == 200 else None))
        return (
            answer._replace(body=json.dumps(_replaced(document, self.place, self.value)).encode())
            if is_turn
            else answer
        )

    def begin(self, nth: int = -1, place: Place = (), value: Any = None) -> None:
        """Begin again with a new shop."""
        self.shop, self.documents = stocked(), []
        self.nth, self.place, self.value = nth, place, value


def places(document: Any, place: Place = ()) -> Iterator[Place]:
    """Yield each place of a document; of an array, those of the first element."""
    yield place
    inner = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document[:1] if isinstance(document, list) else ())
    )
    for name, value in inner:
        if name not in READ_AS_IT_COMES:
            yield from places(value, (*place, name))


def _replaced(document: Any, place: Place, value: Any) -> Any:
    """Return the document with the value at this place; as it is if it has no such place."""
    if not place:
        return value
    try:
        return_to = document
        for step in place[:-1]:
            return_to = return_to[step]
        return_to[place[-1]] = value
    except (KeyError, IndexError, TypeError):
        pass
    return document


@dataclass
class ShopCalls:
    """The calls for one order from look-up to cancellation, and for the shop's lists."""

    http: HttpClient
    mode: StockMode

    def run(self) -> list[object]:
        """Run it and return all results. Raises nothing but CrossdockError, for a list that cannot be read."""
        client, numbers = CommerceClient(self.http), count()
        attempts = Attempts(MemoryDocumentStore(), lambda: 1000.0 + next(numbers))
        module = ShopModule(client, "/V1/crossdock/orders")
        creating = Creation(client, AddressBook(client), attempts, self.mode, Payment(), "orders@example.com", module)
        gateway = CommerceGateway(self.http, client, Catalog("base", "asin"), creating)
        found = self._order(gateway)
        for read in (
            lambda: CommerceCatalog(client, Catalog("base", "asin")).products(),
            lambda: list(stock_drifts(client, "base", ["MUG"])),
            lambda: read_shipments(client, [1]),
        ):
            try:
                found.append(read())
            except CrossdockError as error:
                found.append(error)
        return found

    def _order(self, gateway: CommerceGateway) -> list[object]:
        def perform(request: CommerceRequest) -> object:
            (result,) = gateway.perform([request])
            return result

        looked_up = perform(LookUpOrder(KEY, "default", ("MUG",), (), {"MUG": 3}))
        created = perform(order(creation(line("MUG", 3))))
        number = created.commerce_order.number if isinstance(created, OrderCreated) else "000000001"
        return [looked_up, created, perform(CompleteOrder(KEY, number)), perform(CancelCommerceOrder(KEY, number))]


@pytest.mark.slow
@pytest.mark.parametrize("mode", [StockMode.CART, StockMode.MODULE])
def test_a_field_of_another_type_is_no_exception_of_pythons(mode: StockMode) -> None:
    server = DamagingServer(stocked())
    conditions = Conditions(calls=4, error_log=CountingLog())
    with (
        served(server) as url,
        closing(HttpClient("commerce", url, OAuthSignature(keys_of(server)), CommerceErrors(), conditions)) as http,
    ):
        calls = ShopCalls(http, mode)
        server.begin()
        calls.run()
        tried: set[tuple[str, Place]] = set()
        for nth, (resource, document) in enumerate(server.documents):
            for place in places(document) if document is not None else ():
                if (resource, place) in tried:
                    continue
                tried.add((resource, place))
                value = WRONG[len(tried) % len(WRONG)]
                server.begin(nth, place, value)
                try:
                    calls.run()
                except Exception as error:
                    raise AssertionError(f"{value!r} at {place} of {resource} raised {error!r}") from error
    assert len(tried) > 100
