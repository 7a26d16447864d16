"""The stories of orders: from the reports of Amazon and Commerce to the end of the order."""

from datetime import timedelta

import pytest

from operations.errors import RefusedActionError
from operations.orders.actions import cancel_order, edit_address
from operations.store_changes import change_store
from schemas.blockers import BlockerKind, RemedyKind, system_message
from schemas.dead_letters import DeadLetterType, LetterState
from schemas.order import CommerceState
from schemas.payloads import OrderPlaced
from schemas.product import Product
from schemas.status import Channel, ImportState, Status
from schemas.store import CustomerCreation, OrderNumberSource, OrderStatusChoice
from tests.builders import (
    HOME,
    ORDER_ID,
    START,
    STORE_ID,
    a_report,
    a_store,
    an_item,
    changed,
    placed,
    shipped,
    store_changes,
    usd,
)
from tests.harness import Pipeline
from workers.jobs import SYNC, complete_shipped, retry_blocked

PLENTY = Product(sku="SKU-1", name="Thing one", quantity=100)
TWO_ITEMS = (an_item(1, quantity=2), an_item(2))


def test_a_placed_order_is_recorded_as_pending_and_not_created_in_commerce(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    pipeline.handle(placed())
    order = pipeline.order()
    assert (order.status, order.import_state) == (Status.PENDING, ImportState.NOT_DUE)
    assert pipeline.shop_orders() == []


@pytest.mark.on_servers
def test_an_unshipped_order_is_created_in_commerce_as_processing_with_stock_reserved(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    pipeline.handle(placed())
    pipeline.handle(a_report("Unshipped"))
    order = pipeline.order()
    assert (order.status, order.import_state) == (Status.UNSHIPPED, ImportState.IMPORTED)
    (made,) = pipeline.shop_orders()
    assert order.commerce_order is not None
    assert (made.number, made.status) == (order.commerce_order.number, "processing")
    assert pipeline.commerce.catalog.find(["SKU-1"])["SKU-1"].reserved == 1


@pytest.mark.on_servers
def test_a_shipped_order_is_confirmed_to_amazon_and_completed_at_the_next_scheduled_run(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    pipeline.handle(placed())
    pipeline.handle(a_report("Unshipped"))
    pipeline.handle(shipped("parcel-1"))
    assert (pipeline.order().status, pipeline.order().import_state) == (Status.SHIPPED, ImportState.IMPORTED)
    assert pipeline.confirmed_parcels() == {"parcel-1": {"item-1": 1}}
    pipeline.run_jobs(complete_shipped)
    assert (pipeline.order().status, pipeline.order().import_state) == (Status.COMPLETED, ImportState.COMPLETED)
    assert [order.state for order in pipeline.shop_orders()] == [CommerceState.COMPLETE]
    assert [entry.note for entry in pipeline.history()] == [
        "Order recorded as Pending.",
        "Status updated to Unshipped.",
        f"Commerce order {pipeline.shop_orders()[0].number} created.",
        "Status updated to Shipped.",
        "Shipment parcel-1 confirmed to Amazon.",
        "Status updated to Completed.",
    ]


@pytest.mark.on_servers
def test_an_order_in_two_parcels_is_partially_shipped_until_the_second_leaves(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY, Product(sku="SKU-2", name="Thing two", quantity=5))
    pipeline.handle(placed(items=TWO_ITEMS), a_report("Unshipped", items=TWO_ITEMS))
    pipeline.handle(shipped("parcel-1", items={"item-1": 2}))
    assert pipeline.order().status is Status.PARTIALLY_SHIPPED
    pipeline.run_jobs(complete_shipped)
    assert pipeline.order().import_state is ImportState.IMPORTED
    pipeline.handle(shipped("parcel-2", minutes=70))
    assert pipeline.order().status is Status.SHIPPED
    assert pipeline.confirmed_parcels() == {"parcel-1": {"item-1": 2}, "parcel-2": {"item-2": 1}}
    pipeline.run_jobs(complete_shipped)
    assert pipeline.order().import_state is ImportState.COMPLETED


@pytest.mark.on_servers
def test_the_same_events_twice_and_in_the_wrong_order_end_the_same(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    pipeline.handle(shipped("parcel-1"), a_report("Unshipped"), placed(), a_report("Unshipped"), shipped("parcel-1"))
    pipeline.handle(placed())
    pipeline.run_jobs(complete_shipped)
    assert pipeline.order().import_state is ImportState.COMPLETED
    assert len(pipeline.shop_orders()) == 1
    assert pipeline.confirmed_parcels() == {"parcel-1": {"item-1": 1}}
    assert pipeline.commerce.reservation_drift() == {}


def test_an_order_that_amazon_ships_is_created_complete_once_amazon_shipped_it(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    by_amazon = Channel.AFN
    pipeline.handle(placed(fulfillment_channel=by_amazon), a_report("Unshipped", fulfillment_channel=by_amazon))
    assert pipeline.shop_orders() == []
    pipeline.handle(a_report("Shipped", minutes=60, fulfillment_channel=by_amazon))
    assert pipeline.order().import_state is ImportState.COMPLETED
    assert [order.status for order in pipeline.shop_orders()] == ["complete"]
    assert pipeline.commerce.catalog.find(["SKU-1"])["SKU-1"].reserved == 0


@pytest.mark.parametrize(
    ("product", "kind", "cure"),
    [
        (None, BlockerKind.PRODUCT_MISSING, PLENTY),
        (PLENTY.model_copy(update={"enabled": False}), BlockerKind.PRODUCT_DISABLED, PLENTY),
        (PLENTY.model_copy(update={"quantity": 0}), BlockerKind.OUT_OF_STOCK, PLENTY),
    ],
)
def test_an_order_blocked_by_its_product_is_created_with_the_catalogs_event(
    pipeline: Pipeline, product: Product | None, kind: BlockerKind, cure: Product
) -> None:
    pipeline.add_store(a_store())
    pipeline.stock(*([product] if product else []))
    pipeline.handle(placed(), a_report("Unshipped"))
    order = pipeline.order()
    assert (order.status, order.import_state) == (Status.ERROR, ImportState.BLOCKED)
    (blocker,) = order.blockers
    assert (blocker.kind, blocker.key) == (kind, "SKU-1")
    assert blocker.solution
    assert blocker.remedy.kind in (RemedyKind.MATCH_LISTING, RemedyKind.ENABLE_PRODUCT, RemedyKind.SET_QUANTITY)
    (letter,) = pipeline.letters()
    assert (letter.letter_type, letter.state, letter.causes) == (
        DeadLetterType.BLOCKED,
        LetterState.OPEN,
        (blocker.cause,),
    )
    pipeline.stock(cure)
    assert pipeline.order().import_state is ImportState.IMPORTED
    assert [one.state for one in pipeline.letters()] == [LetterState.RESOLVED]


def test_a_blocked_order_is_created_at_the_next_sync_without_an_event_of_the_catalog(pipeline: Pipeline) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    pipeline.run_jobs(retry_blocked)
    assert pipeline.order().import_state is ImportState.BLOCKED
    pipeline.commerce.catalog.save([PLENTY])
    pipeline.run_jobs(retry_blocked)
    assert pipeline.order().import_state is ImportState.IMPORTED
    assert len(pipeline.letters()) == 1


def test_one_bad_line_blocks_the_whole_order_and_all_its_causes_are_reported(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY, Product(sku="SKU-2", name="Thing two", enabled=False, quantity=5))
    items = (an_item(1), an_item(2), an_item(3))
    pipeline.handle(placed(items=items), a_report("Unshipped", items=items, order_total=usd("31.00")))
    found = {(blocker.kind, blocker.key) for blocker in pipeline.order().blockers}
    assert found == {
        (BlockerKind.PRODUCT_DISABLED, "SKU-2"),
        (BlockerKind.PRODUCT_MISSING, "SKU-3"),
        (BlockerKind.MONEY, ORDER_ID),
    }
    assert pipeline.shop_orders() == []


def test_an_order_of_very_many_bad_lines_names_all_its_causes_in_a_note_of_limited_length(pipeline: Pipeline) -> None:
    items = tuple(an_item(number, seller_sku=f"A-RATHER-LONG-SELLER-SKU-{number}") for number in range(200))
    pipeline.handle(placed(items=items), a_report("Unshipped", items=items))
    order = pipeline.order()
    assert order.import_state is ImportState.BLOCKED
    assert len(order.blockers) == 200
    assert order.note.endswith("; and 190 more")


def test_an_order_whose_amounts_are_beyond_all_measure_is_blocked_for_its_money(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    items = tuple(an_item(number, seller_sku="SKU-1", item_price=usd("999999999999.99")) for number in range(3))
    pipeline.handle(placed(items=items), a_report("Unshipped", items=items))
    assert [blocker.kind for blocker in pipeline.order().blockers] == [BlockerKind.MONEY]


def test_the_system_message_names_the_stores_with_blocked_orders(pipeline: Pipeline) -> None:
    pipeline.add_store(a_store())
    pipeline.handle(placed(), a_report("Unshipped"))
    with pipeline.ledger.read() as work:
        names, count = work.orders.blocked_stores(10)
    assert system_message(names, count) == (
        "Your Amazon store(s) has orders that cannot be imported into Commerce. "
        "See Recent Orders in the store dashboard(s): Test Store"
    )


def test_an_order_waits_for_its_address_and_is_created_when_amazon_reports_it(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    pipeline.handle(placed(), changed("Unshipped"))
    assert [blocker.kind for blocker in pipeline.order().blockers] == [BlockerKind.PERSONAL_DATA]
    pipeline.handle(changed("Unshipped", minutes=2, shipping_address=HOME))
    assert pipeline.order().import_state is ImportState.IMPORTED


def test_an_order_blocked_by_its_address_is_imported_after_an_operator_edits_it(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    pipeline.handle(placed(), a_report("Unshipped", shipping_address=HOME.model_copy(update={"city": None})))
    assert [blocker.kind for blocker in pipeline.order().blockers] == [BlockerKind.ADDRESS]
    edit_address(pipeline.context, ORDER_ID, None, {"city": "Testville"}, actor="ann")
    pipeline.drain()
    assert pipeline.order().import_state is ImportState.IMPORTED


@pytest.mark.on_servers
def test_a_store_without_import_shows_its_orders_and_creates_none_until_it_is_switched_on(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    pipeline.add_store(a_store(import_orders=False))
    pipeline.handle(placed(), a_report("Unshipped"))
    assert (pipeline.order().import_state, pipeline.shop_orders()) == (ImportState.VIEW_ONLY, [])
    change_store(pipeline.context, STORE_ID, store_changes(a_store()), actor="ann")
    pipeline.drain()
    assert pipeline.order().import_state is ImportState.IMPORTED


def test_the_stores_settings_shape_the_commerce_order(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    pipeline.add_store(
        a_store(
            commerce_store_view="second_view",
            customer_creation=CustomerCreation.NEW,
            order_number_source=OrderNumberSource.AMAZON,
            order_status=OrderStatusChoice.CUSTOM,
            processing_status="amazon_processing",
        )
    )
    pipeline.handle(placed(), a_report("Unshipped"))
    (made,) = pipeline.shop_orders()
    assert (made.number, made.status) == (ORDER_ID, "amazon_processing")
    assert (made.store_view, made.customer) == ("second_view", CustomerCreation.NEW)


def test_reserve_quantity_holds_stock_from_pending_on_and_a_cancellation_gives_it_back(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    pipeline.add_store(a_store(inventory_management=False, reserve_quantity=True))
    pipeline.handle(placed())
    assert pipeline.commerce.catalog.find(["SKU-1"])["SKU-1"].reserved == 1
    assert pipeline.shop_orders() == []
    pipeline.handle(changed("Canceled"))
    assert pipeline.commerce.catalog.find(["SKU-1"])["SKU-1"].reserved == 0


def test_an_order_from_before_the_stores_integration_is_recorded_and_never_imported(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    pipeline.add_store(a_store(integrated_at=START + timedelta(days=1)))
    pipeline.handle(placed(), a_report("Unshipped"))
    pipeline.run_jobs(*SYNC, after=timedelta(days=2))
    assert (pipeline.order().status, pipeline.order().import_state) == (Status.UNSHIPPED, ImportState.VIEW_ONLY)
    assert pipeline.shop_orders() == []


def test_an_order_that_amazon_cancels_is_canceled_in_commerce_and_its_stock_is_free_again(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    pipeline.handle(placed(), a_report("Unshipped"))
    pipeline.handle(changed("Canceled", minutes=30))
    assert (pipeline.order().status, pipeline.order().import_state) == (Status.CANCELED, ImportState.CANCELED)
    assert [order.state for order in pipeline.shop_orders()] == [CommerceState.CANCELED]
    assert pipeline.commerce.catalog.find(["SKU-1"])["SKU-1"].reserved == 0


@pytest.mark.on_servers
def test_an_operator_cancels_an_unshipped_order_with_a_reason_and_amazon_has_the_last_word(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    report: OrderPlaced = placed()
    pipeline.amazon.place([report])
    pipeline.handle(report)
    with pytest.raises(RefusedActionError, match="Only Unshipped"):
        cancel_order(pipeline.context, ORDER_ID, None, "NoInventory", actor="ann")
    pipeline.handle(a_report("Unshipped"))
    with pytest.raises(RefusedActionError, match="NoInventory"):
        cancel_order(pipeline.context, ORDER_ID, None, "no reason", actor="ann")
    cancel_order(pipeline.context, ORDER_ID, None, "NoInventory", actor="ann")
    pipeline.drain()
    assert pipeline.order().status is Status.UNSHIPPED
    pipeline.handle(*pipeline.amazon.events_due())
    assert pipeline.order().status is Status.CANCELED
    assert [order.state for order in pipeline.shop_orders()] == [CommerceState.CANCELED]
