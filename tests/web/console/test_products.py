"""Pages of products: listings that block orders, matches, created products, and the way back to the order."""

from operations.orders.queries import show_order
from schemas.product import Product
from schemas.status import ImportState
from tests.builders import ORDER_ID, STORE_ID, a_report, an_item, placed
from tests.harness import Pipeline
from tests.web.people import Browser

LISTING = {"store": STORE_ID, "seller_sku": "SKU-1"}
BACK = {"order": ORDER_ID, "order_store": STORE_ID}


def block(pipeline: Pipeline) -> None:
    """Block the order on a listing whose ASIN is a product's SKU."""
    items = (an_item(asin="B000000001", title="A lamp"),)
    pipeline.commerce.catalog.save([Product(sku="B000000001", name="Lamp", quantity=5)])
    pipeline.handle(placed(items=items), a_report("Unshipped", items=items))


def is_imported(pipeline: Pipeline) -> bool:
    """Handle the requested events; tell whether the order is imported then."""
    pipeline.drain()
    return show_order(pipeline.context, ORDER_ID).import_state is ImportState.IMPORTED


def test_a_listing_is_matched_and_its_order_imported(pipeline: Pipeline, staff: Browser) -> None:
    block(pipeline)
    assert "A lamp" in staff.get("/products").text
    page = staff.get(f"/products/match?store={STORE_ID}&seller_sku=SKU-1&order={ORDER_ID}&order_store={STORE_ID}").text
    assert 'value="B000000001"' in page
    answer = staff.submit("/products/match", **LISTING, **BACK, sku="B000000001")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/orders/{ORDER_ID}?store={STORE_ID}")
    assert is_imported(pipeline)
    assert "Every listing has its product" in staff.get("/products").text
    assert staff.submit("/products/unmatch", **LISTING).status_code == 303


def test_a_product_is_created_from_the_listing(pipeline: Pipeline, staff: Browser) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    assert staff.submit("/products/create", **LISTING, **BACK, quantity="3").status_code == 303
    assert is_imported(pipeline)


def test_an_unknown_product_is_refused(pipeline: Pipeline, staff: Browser) -> None:
    block(pipeline)
    assert staff.submit("/products/match", **LISTING, sku="NOTHING").status_code in (404, 409)
    assert staff.submit("/products/match", **LISTING, sku=" ").status_code == 422
    assert staff.get("/products/edit?sku=NOTHING").status_code == 404


def test_automatic_match_counts_what_it_matched(pipeline: Pipeline, staff: Browser) -> None:
    pipeline.commerce.catalog.save([Product(sku="sku-1", name="One", quantity=5)])
    pipeline.handle(placed(), a_report("Unshipped"))
    assert staff.submit("/products/match-automatically").status_code == 303
    assert is_imported(pipeline)


def test_a_product_is_enabled_and_gets_stock_on_the_way_from_its_order(pipeline: Pipeline, staff: Browser) -> None:
    pipeline.commerce.catalog.save([Product(sku="SKU-1", name="One", quantity=0, enabled=False)])
    pipeline.handle(placed(), a_report("Unshipped"))
    assert "Enable product" in staff.get(f"/orders/{ORDER_ID}").text
    assert "disabled" in staff.get("/products/edit?sku=SKU-1").text
    assert staff.submit("/products/edit", sku="SKU-1", quantity="many").status_code == 422
    assert staff.submit("/products/edit", sku="SKU-1", enabled="1", quantity="7", **BACK).status_code == 303
    assert is_imported(pipeline)


def test_a_viewer_matches_nothing(pipeline: Pipeline, viewer: Browser) -> None:
    block(pipeline)
    text = viewer.get("/products").text
    assert "SKU-1" in text
    assert "Assign product" not in text
    assert viewer.get(f"/products/match?store={STORE_ID}&seller_sku=SKU-1").status_code == 403
    for path in ("match", "create", "unmatch", "match-automatically", "edit"):
        assert viewer.submit(f"/products/{path}", **LISTING, sku="B000000001").status_code == 403


def test_hostile_listings_are_text(pipeline: Pipeline, staff: Browser) -> None:
    hostile = "<script>alert(1)</script>\u202e"
    items = (an_item(seller_sku=hostile, title="<img src=x>" * 100),)
    pipeline.handle(placed(items=items), a_report("Unshipped", items=items))
    for text in (
        staff.get("/products").text,
        staff.get("/products/match", params=LISTING | {"seller_sku": hostile}).text,
    ):
        assert "<script>alert" not in text
        assert "<img src" not in text
