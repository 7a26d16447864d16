"""The home page, and the frame that all pages have."""

from datetime import UTC, datetime

from fastapi import FastAPI

from operations.context import Context
from operations.store_changes import change_store
from schemas.people import Role
from schemas.product import Product
from tests.builders import HOME, STORE_ID, an_item, placed, usd
from tests.harness import Pipeline
from tests.letters import order_id
from tests.web.people import Browser, signed_in


def test_home_shows_each_store_by_its_name(operations_context: Context, viewer: Browser) -> None:
    change_store(operations_context, STORE_ID, {"name": "Hats & Coats"}, actor="test")
    answer = viewer.get("/")
    assert answer.status_code == 200
    assert "Hats &amp; Coats" in answer.text


def test_the_names_of_stores_are_text_and_no_markup(operations_context: Context, viewer: Browser) -> None:
    change_store(operations_context, STORE_ID, {"name": "<script>alert(1)</script>"}, actor="test")
    assert "<script>alert" not in viewer.get("/").text


def test_people_see_the_pages_of_their_role_only(viewer: Browser, admin: Browser) -> None:
    assert 'href="/people"' in admin.get("/").text
    assert 'href="/people"' not in viewer.get("/").text


def test_home_shows_what_was_sold_and_how_many_orders_wait(viewer: Browser, pipeline: Pipeline) -> None:
    now = datetime.now(UTC)
    pipeline.stock(Product(sku="SKU-1", name="Hat", quantity=5))
    for number, sku in ((1, "SKU-1"), (2, "SKU-MISSING")):
        facts = {"items": (an_item(1, seller_sku=sku),), "purchase_date": now, "last_update_date": now}
        known = {"status": "Unshipped", "order_total": usd("10.00"), "shipping_address": HOME}
        pipeline.handle(placed(amazon_order_id=order_id(number), **facts, **known))
    shown = viewer.get("/").text
    assert "10.00 USD" in shown
    assert "1 order<" in shown
    assert f'href="/orders?store={STORE_ID}&amp;status=Error">1</a>' in shown


def test_an_empty_system_shows_the_first_step(app: FastAPI, operations_context: Context) -> None:
    with operations_context.ledger.begin() as work:
        work.stores.tx.connection.exec_driver_sql("DELETE FROM stores")
    assert "There is no store yet" in signed_in(app, Role.OPERATOR).get("/").text
