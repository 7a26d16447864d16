"""Listings that become products: matched by hand, and by the ASIN."""

from operations.catalog.listings import match_listing
from schemas.product import Product
from schemas.status import ImportState
from tests.builders import STORE_ID, a_report, a_store, an_item, placed
from tests.harness import Pipeline


def test_a_listing_matched_by_hand_becomes_its_product_and_wakes_the_orders_that_waited(pipeline: Pipeline) -> None:
    pipeline.add_store(a_store())
    pipeline.stock(Product(sku="SHELF-7", name="Shelf", quantity=5))
    pipeline.handle(placed(), a_report("Unshipped"))
    assert pipeline.order().import_state is ImportState.BLOCKED
    assert match_listing(pipeline.context, STORE_ID, "SKU-1", "SHELF-7", actor="ann").imports_requested == 1
    pipeline.drain()
    assert [[line.sku for line in order.lines] for order in pipeline.shop_orders()] == [["SHELF-7"]]


def test_two_listings_are_one_product_by_its_asin(pipeline: Pipeline) -> None:
    pipeline.stock(Product(sku="SHELF-7", name="Shelf", asin="B0TEST0007", quantity=5))
    items = (an_item(1, asin="B0TEST0007"), an_item(2, asin="B0TEST0007"))
    pipeline.handle(placed(items=items), a_report("Unshipped", items=items))
    assert [[line.sku for line in order.lines] for order in pipeline.shop_orders()] == [["SHELF-7", "SHELF-7"]]
