"""Listings without a product that block orders."""

from operations.catalog.listings import match_listing
from operations.catalog.unmatched import unmatched_listings
from schemas.product import Product
from tests.builders import ORDER_ID, STORE_ID, a_report, an_item, placed
from tests.harness import Pipeline

OTHER_ID = "123-1234567-0000001"


def test_a_listing_shows_how_many_orders_it_blocks_and_which_product_it_may_be(pipeline: Pipeline) -> None:
    items = (an_item(asin="B000000001", title="A lamp"),)
    for order_id in (ORDER_ID, OTHER_ID):
        pipeline.handle(placed(amazon_order_id=order_id, items=items))
        pipeline.handle(a_report("Unshipped", amazon_order_id=order_id, items=items))
    pipeline.commerce.catalog.save([Product(sku="B000000001", name="Lamp", quantity=5)])
    (listing,) = unmatched_listings(pipeline.context)
    assert (listing.seller_sku, listing.asin, listing.title) == ("SKU-1", "B000000001", "A lamp")
    assert (listing.orders, listing.suggested, listing.matched) == (2, "B000000001", None)
    assert unmatched_listings(pipeline.context, "another-store") == ()
    match_listing(pipeline.context, STORE_ID, "SKU-1", "B000000001", actor="ann")
    pipeline.drain()
    assert unmatched_listings(pipeline.context) == ()


def test_a_match_with_a_product_that_is_gone_names_the_listing_and_the_match(pipeline: Pipeline) -> None:
    with pipeline.ledger.begin() as work:
        work.matches.save(STORE_ID, "SKU-1", "GONE")
    pipeline.handle(placed(), a_report("Unshipped"))
    (listing,) = unmatched_listings(pipeline.context)
    assert (listing.seller_sku, listing.matched) == ("SKU-1", "GONE")
