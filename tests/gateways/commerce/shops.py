"""A served shop and the gateway to it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace

from gateways.commerce.addresses import AddressBook
from gateways.commerce.attempts import Attempts
from gateways.commerce.client import CommerceClient
from gateways.commerce.creation import Creation, StockMode
from gateways.commerce.entities import Payment
from gateways.commerce.errors import CommerceErrors
from gateways.commerce.gateway import CommerceGateway, CommerceRequest
from gateways.commerce.lookup import Catalog
from gateways.commerce.module import ShopModule
from gateways.commerce.oauth import OAuthSignature
from gateways.http.client import Conditions, HttpClient
from gateways.port import Result
from gateways.simulator.rest.server import RestServer
from gateways.simulator.rest.shop import Entity, RestShop, SourceItem, StockedProduct
from gateways.simulator.serving import served
from gateways.simulator.traffic import HttpAnswer, HttpRequest
from schemas.communication_errors import CommunicationError
from schemas.gateway_requests import CreateOrder, OrderCreated
from schemas.personal import Address, Buyer, PersonalData
from tests.gateways.commerce.description import violations
from tests.gateways.simulator.memory import MemoryDocumentStore
from tests.gateways.simulator.requests import creation
from tests.gateways.simulator.rest.shops import keys_of

ADDRESS = Address(
    name="Test Buyer", line1="1 Example Street", city="Sampleville", region="WA", postal_code="98000",
    country_code="US", phone="5550100",
)  # fmt: skip
PERSONAL = PersonalData(buyer=Buyer(name="Test Buyer", email="buyer@example.com"), shipping_address=ADDRESS)


class CountingLog:
    """A log of communication errors in memory, which counts the alike ones."""

    def __init__(self) -> None:
        self.errors: list[CommunicationError] = []

    def add(self, error: CommunicationError) -> int:
        self.errors.append(error)
        return sum(one.sentence == error.sentence for one in self.errors)


@dataclass
class Connected:
    """A served shop, the gateway to it, and the calls and errors of both."""

    server: "CheckedServer"
    gateway: CommerceGateway
    log: CountingLog
    time: list[float] = field(default_factory=lambda: [1000.0])

    @property
    def shop(self) -> RestShop:
        """The shop."""
        return self.server.shop

    def perform(self, *requests: CommerceRequest) -> list[Result]:
        """Perform requests and wait for their results."""
        return self.gateway.perform(requests)

    def orders(self) -> Sequence[Entity]:
        """The shop's orders."""
        return list(self.shop.orders.values())

    def salable(self, sku: str) -> float:
        """The salable quantity of a product."""
        return self.shop.salable(self.shop.products[sku])


@dataclass
class CheckedServer(RestServer):
    """A server that checks every request against Adobe's description; `targets` are those that it was asked."""

    violations: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Check a request and answer it."""
        self.violations += violations(request)
        self.targets.append(f"{request.method} {request.target}")
        return super().answer(request)


@contextmanager
def connected(mode: StockMode = StockMode.CART, shop: RestShop | None = None) -> Iterator[Connected]:
    """Serve a shop with 10 mugs and 10 tees, and connect to it; every request has to be as Adobe describes it."""
    server, time = CheckedServer(shop or stocked()), [1000.0]
    with served(server) as url, connected_to(server, url, mode, MemoryDocumentStore(), lambda: time[0]) as opened:
        opened.time = time
        yield opened
    assert not server.violations, server.violations


@contextmanager
def connected_to(
    server: CheckedServer, url: str, mode: StockMode, documents: MemoryDocumentStore, clock: Callable[[], float]
) -> Iterator[Connected]:
    """Connect one process to a shop that is served at *url*; its attempts are kept in *documents*."""
    log = CountingLog()
    conditions = Conditions(calls=4, error_log=log)
    with closing(HttpClient("commerce", url, OAuthSignature(keys_of(server)), CommerceErrors(), conditions)) as http:
        client = CommerceClient(http)
        module = ShopModule(client, "/V1/crossdock/orders")
        attempts, addresses = Attempts(documents, clock), AddressBook(client)
        creating = Creation(client, addresses, attempts, mode, Payment(), "orders@example.com", module)
        yield Connected(server, CommerceGateway(http, client, Catalog("base", "asin"), creating), log)


def stocked() -> RestShop:
    """Return a shop that sells mugs and tees, and has a module of its own."""
    shop = RestShop(has_module=True)
    for sku in ("MUG", "TEE"):
        shop.add_product(StockedProduct(shop.next("product"), sku, sku, source=SourceItem(10)))
    return shop


def order(request: CreateOrder | None = None, **changes: object) -> CreateOrder:
    """Return a request to create an order, with an address that Commerce takes."""
    return replace(request or creation(), personal=PERSONAL, **changes)  # type: ignore[arg-type]


def number_of(result: object) -> str:
    """Return the number of a created order."""
    assert isinstance(result, OrderCreated), result
    return result.commerce_order.number
