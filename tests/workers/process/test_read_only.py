"""The gateways in read-only mode: nothing changes outside, nothing is taken for done, and all is sent afterwards."""

from dataclasses import replace
from typing import get_args

import pytest

from ledger.errors import LedgerUnavailableError
from operations.errors import RefusedActionError
from operations.read_only import ReadOnlyGuard, recognize_database, release, switch_on
from schemas.errors import RetryableError
from schemas.gateway_requests import (
    CancelAmazonOrder,
    CancelCommerceOrder,
    ChangeAddress,
    CompleteOrder,
    GetAmazonOrder,
    LookUpOrder,
    OrderLookup,
    Request,
    ReserveStock,
)
from schemas.payloads import ImportRequested
from schemas.personal import PersonalData
from schemas.product import Product
from schemas.settings import Settings
from schemas.status import AmazonStatus, ImportState
from tests.builders import HOME, KEY, ORDER_ID, STORE_ID, placed
from tests.doubles import away
from tests.gateways.simulator.requests import confirmation, creation, line
from tests.harness import Pipeline, event_of, message_of
from workers.consumer import Consumer
from workers.process.read_only import GuardedCatalog, GuardedGateways

ORDER = (STORE_ID, ORDER_ID)
CHANGE = CancelCommerceOrder(ORDER, "1")
CHANGES = (
    CHANGE,
    creation(line("SKU-1", 1), key=ORDER),
    CompleteOrder(ORDER, "1"),
    ChangeAddress(ORDER, "1", PersonalData(shipping_address=HOME)),
    ReserveStock(ORDER, {"SKU-1": 1}),
    confirmation("PARCEL-1", 1, key=ORDER),
    CancelAmazonOrder(ORDER, "NoInventory", ("1",)),
)
QUESTION = LookUpOrder(ORDER, "default", ("SKU-1",), (), {"SKU-1": 1})


@pytest.fixture
def guarded(pipeline: Pipeline) -> GuardedGateways:
    recognize_database(pipeline.ledger)
    switch_on(pipeline.context, actor="operator", why="drill")
    return GuardedGateways(pipeline.parts.gateways, ReadOnlyGuard(pipeline.ledger, Settings()))


def test_questions_are_asked_and_changes_recorded(guarded: GuardedGateways, pipeline: Pipeline) -> None:
    change, question = guarded.perform([CHANGE, QUESTION])
    assert isinstance(question, OrderLookup)
    assert isinstance(change, RetryableError)
    assert "recorded, not sent" in str(change)
    with pipeline.ledger.read() as work:
        (withheld,) = work.read_only.withheld(10)
    assert (withheld.request, withheld.store_id, withheld.amazon_order_id) == ("CancelCommerceOrder", *ORDER)


def test_every_kind_of_request_that_changes_something_is_withheld(guarded: GuardedGateways, pipeline: Pipeline) -> None:
    assert {type(change) for change in CHANGES} == {*get_args(Request)} - {LookUpOrder, GetAmazonOrder}
    assert all(isinstance(result, RetryableError) for result in guarded.perform(CHANGES))
    with pipeline.ledger.read() as work:
        assert {one.request for one in work.read_only.withheld(10)} == {type(change).__name__ for change in CHANGES}


def test_an_order_waits_and_is_imported_after_the_release(guarded: GuardedGateways, pipeline: Pipeline) -> None:
    pipeline.stock(Product(sku="SKU-1", name="Name", quantity=5))
    importer = Consumer(replace(pipeline.parts, gateways=guarded).processor("importer"), pipeline.parts.bus, 100, 300)
    pipeline.consumers["importer"].close()
    pipeline.consumers["importer"] = importer
    pipeline.handle(placed(status=AmazonStatus.UNSHIPPED, shipping_address=HOME))
    assert (pipeline.shop_orders(), pipeline.order().import_state) == ([], ImportState.REQUESTED)
    release(pipeline.context, actor="operator", why="done")
    guarded._guard._read_at = -10.0
    pipeline.publish([message_of(event_of(ImportRequested(**KEY)), "import.requested")])
    pipeline.drain()
    assert len(pipeline.shop_orders()) == 1


def test_products_are_not_changed(guarded: GuardedGateways, pipeline: Pipeline) -> None:
    catalog = GuardedCatalog(pipeline.commerce.catalog, guarded._guard)
    with pytest.raises(RefusedActionError, match="Read-only mode"):
        catalog.save([Product(sku="NEW", name="New", quantity=1)])
    with pytest.raises(RefusedActionError, match="Read-only mode"):
        catalog.change("SKU-1", quantity=1)
    assert (catalog.products(), catalog.find(["NEW"])) == ([], {})


def test_without_the_ledger_nothing_is_sent(pipeline: Pipeline) -> None:
    guard = ReadOnlyGuard(pipeline.ledger, Settings())
    guard._ledger = away(pipeline.ledger, 1, LedgerUnavailableError("away"))
    (result,) = GuardedGateways(pipeline.parts.gateways, guard).perform([CHANGE])
    assert isinstance(result, LedgerUnavailableError)
