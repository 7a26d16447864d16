"""The list of orders and a store's chart in a real browser: filter, share the link, page, export."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Page, expect

from schemas.money import Money
from schemas.people import Role
from tests.builders import STORE_ID, placed
from tests.harness import Pipeline


def test_a_filtered_list_is_shared_paged_and_exported(pipeline: Pipeline, sign_in: Callable[[Role], Page]) -> None:
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
    expect(page.get_by_role("link", name="Total from: 15.50")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("3 orders")

    other = page.context.new_page()
    other.goto(page.url)  # the link that was shared
    other.get_by_role("link", name="Next").click()
    expect(other.get_by_role("link", name="123-1234567-0000004")).to_be_visible()
    expect(other.get_by_role("row")).to_have_count(2)
    other.close()

    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    assert len(Path(download.value.path()).read_text().splitlines()) == 4
    page.get_by_role("link", name="Total from: 15.50").click()
    expect(page.get_by_text("4 orders")).to_be_visible()

    page.goto(f"{page.url.partition('/orders')[0]}/stores/{STORE_ID}")
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(page.get_by_role("cell", name="100.00 USD")).to_be_hidden()  # folded away, as the chart shows it
    page.get_by_text("Figures by day").click()
    expect(page.get_by_role("cell", name="100.00 USD")).to_be_visible()
    assert complaints == []
