"""The list of orders and a store's chart in a real browser: filter, share the link, page, export."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from schemas.money import Money
from schemas.people import Role
from tests.builders import STORE_ID, placed
from tests.harness import Pipeline


def test_a_filtered_list_is_shared_paged_and_exported(pipeline: Pipeline, sign_in: Callable[[Role], Any]) -> None:
    for number in (1, 2, 3, 4):
        total = Money(currency="USD", amount=Decimal(number * 10))
        facts = {"order_total": total, "purchase_date": datetime.now(UTC)}
        pipeline.handle(placed(amazon_order_id=f"123-1234567-000000{number}", **facts))
    page = sign_in(Role.STAFF)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{page.url}orders?size=2&sort=total")
    page.get_by_label("Total from").fill("15.50")
    page.get_by_role("button", name="Apply filters").click()
    page.get_by_role("link", name="Total from: 15.50").wait_for()
    assert "3 orders" in page.get_by_role("status").inner_text()

    other = page.context.new_page()
    other.goto(page.url)  # the link that was shared
    other.get_by_role("link", name="Next").click()
    other.get_by_role("link", name="123-1234567-0000004").wait_for()
    assert other.get_by_role("row").count() == 2
    other.close()

    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    assert len(Path(download.value.path()).read_text().splitlines()) == 4
    page.get_by_role("link", name="Total from: 15.50").click()
    page.get_by_text("4 orders").wait_for()

    page.goto(f"{page.url.partition('/orders')[0]}/stores/{STORE_ID}")
    page.locator(".chart canvas").wait_for()
    assert not page.get_by_role("cell", name="100.00 USD").is_visible()  # folded away, as the chart shows it
    page.get_by_text("Figures by day").click()
    assert page.get_by_role("cell", name="100.00 USD").is_visible()
    assert complaints == []
