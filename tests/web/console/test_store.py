"""A store's dashboard in the console: figures, periods, recent orders, links to Seller Central."""

from datetime import UTC, datetime
from decimal import Decimal

from operations.personal_data.looks import list_looks
from operations.store_changes import add_store, change_store
from schemas.money import Money
from tests.builders import ORDER_ID, STORE_ID, placed
from tests.harness import Pipeline
from tests.web.people import Browser

PAGE = f"/stores/{STORE_ID}"


def sell(pipeline: Pipeline) -> None:
    total = Money(currency="USD", amount=Decimal("1234.50"))
    pipeline.handle(placed(purchase_date=datetime.now(UTC), order_total=total, buyer={"name": "Test Buyer"}))


def test_sales_counts_and_recent_orders_are_shown_without_scripts(pipeline: Pipeline, viewer: Browser) -> None:
    sell(pipeline)
    change_store(pipeline.context, STORE_ID, {"name": "Hats & Coats", "marketplace_id": "A1F83G8C2ARO7P"}, actor="ann")
    text = viewer.get(PAGE).text
    assert "Hats &amp; Coats" in text
    assert text.count("1,234.50 USD") >= 3
    assert text.count("data-day=") == 7
    assert viewer.get(f"{PAGE}?days=30").text.count("data-day=") == 30
    assert f"/orders/{ORDER_ID}?" in text
    assert f'href="/orders?store={STORE_ID}&amp;status=Pending"' in text
    assert "https://sellercentral.amazon.co.uk/payments/dashboard/index.html" in text


def test_a_store_without_orders_says_so(pipeline: Pipeline, viewer: Browser) -> None:
    add_store(pipeline.context, "a/b", {}, actor="ann")
    text = viewer.get("/stores/a/b").text
    assert "Nothing was sold in the last 14 days." in text
    assert "There is no order yet" in text


def test_unknown_stores_and_other_periods_are_answered_with_a_sentence(viewer: Browser) -> None:
    answer = viewer.get("/stores/nobody")
    assert (answer.status_code, "There is no store nobody" in answer.text) == (404, True)
    assert viewer.get(f"{PAGE}?days=8").status_code == 422
    assert viewer.get(f"{PAGE}?days=x").status_code == 422


def test_names_of_recent_orders_are_for_staff_and_recorded(pipeline: Pipeline, viewer: Browser, staff: Browser) -> None:
    sell(pipeline)
    assert "Test Buyer" not in viewer.get(f"{PAGE}?names=1").text
    assert "Test Buyer" not in staff.get(PAGE).text
    assert list_looks(pipeline.context).rows == ()
    assert "Test Buyer" in staff.get(f"{PAGE}?names=1").text
    assert [look.details["order"] for look in list_looks(pipeline.context).rows] == [ORDER_ID]
