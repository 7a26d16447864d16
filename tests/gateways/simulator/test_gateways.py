"""The simulated gateways keep the port's promises, also when several workers ask at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from gateways.port import Gateways, Result
from gateways.simulator.documents import DocumentStore, DocumentTransaction
from gateways.simulator.gateways import SimulatedGateways
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from schemas.errors import RetryableError
from schemas.gateway_requests import Accepted, CompleteOrder, OrderCreated, OrderLookup, RequestRefused
from schemas.product import Product
from tests.gateways.simulator.memory import MemoryDocumentStore
from tests.gateways.simulator.requests import KEY, OTHER_KEY, confirmation, creation, line, look_up
from tests.servers.templates import migrated_sqlite

MUG = Product(sku="MUG", name="Mug", quantity=100)


def kept_in(url: str) -> Iterator[DocumentStore]:
    ledger = Ledger.open(url, Cipher.of([bytes(32)]))
    yield ledger.documents
    ledger.close()


@pytest.fixture
def sqlite_documents(tmp_path: Path) -> Iterator[DocumentStore]:
    yield from kept_in(migrated_sqlite(tmp_path / "crossdock.db"))


@pytest.fixture
def postgres_documents(migrated_database_url: str) -> Iterator[DocumentStore]:
    yield from kept_in(migrated_database_url)


@pytest.fixture(params=["sqlite_documents", "postgres_documents"])
def documents(request: pytest.FixtureRequest) -> DocumentStore:
    store: DocumentStore = request.getfixturevalue(request.param)
    return store


class AwayRecords:
    """A store of documents that does not answer."""

    def begin(self) -> AbstractContextManager[DocumentTransaction]:
        raise RetryableError("the database does not answer")


def test_results_come_in_the_order_of_their_requests() -> None:
    gateways = SimulatedGateways(MemoryDocumentStore())
    gateways.commerce.catalog.save([MUG])
    port: Gateways = gateways
    results = port.perform(
        [confirmation("SHIP-1", 1), creation(line("MUG", 1)), CompleteOrder(OTHER_KEY, "1"), look_up("MUG")]
    )
    assert [type(result) for result in results] == [Accepted, OrderCreated, RequestRefused, OrderLookup]
    assert port.perform([]) == []


def test_a_retryable_failure_is_each_requests_own_result() -> None:
    results = SimulatedGateways(AwayRecords()).perform([look_up("MUG"), confirmation("SHIP-1", 1)])
    assert [str(result) for result in results] == ["the database does not answer"] * 2
    assert all(isinstance(result, RetryableError) for result in results)


def test_concurrent_workers_create_each_order_once(documents: DocumentStore) -> None:
    SimulatedGateways(documents).commerce.catalog.save([MUG])
    keys = [("demo", f"999-0000000-{n:07}") for n in range(12)]

    def work(start: int) -> list[Result]:
        turned = keys[start:] + keys[:start]
        return SimulatedGateways(documents).perform([creation(line("MUG", 2), key=key) for key in turned])

    with ThreadPoolExecutor(4) as workers:
        results = [result for batch in workers.map(work, range(0, 12, 3)) for result in batch]
    created = [result for result in results if isinstance(result, OrderCreated)]
    shop = SimulatedGateways(documents).commerce
    assert (len(created), sum(not result.adopted for result in created)) == (48, 12)
    assert {order.number for order in shop.orders()} == {f"{n:09}" for n in range(1, 13)}
    assert shop.catalog.find(["MUG"])["MUG"].reserved == 24
    assert shop.reservation_drift() == {}


def test_concurrent_workers_sell_no_more_than_the_last_pieces(documents: DocumentStore) -> None:
    SimulatedGateways(documents).commerce.catalog.save([MUG.model_copy(update={"quantity": 5})])

    def work(worker: int) -> list[Result]:
        keys = [("demo", f"999-{worker:07}-{n:07}") for n in range(4)]
        return SimulatedGateways(documents).perform([creation(line("MUG", 1), key=key) for key in keys])

    with ThreadPoolExecutor(4) as workers:
        results = [result for batch in workers.map(work, range(4)) for result in batch]
    assert sum(isinstance(result, OrderCreated) for result in results) == 5
    assert sum(isinstance(result, RequestRefused) for result in results) == 11


def test_concurrent_confirmations_of_one_parcel_are_all_counted(documents: DocumentStore) -> None:
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: SimulatedGateways(documents).perform([confirmation("SHIP-1", 1)]), range(8)))
    assert SimulatedGateways(documents).amazon.find([KEY])[KEY].parcels["SHIP-1"].confirmations == 8
