"""Staff at work in a real browser: an empty system, a blocked order, an address, a cancellation."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from operations.orders.personal import show_personal_data
from operations.orders.queries import show_order
from schemas.people import Role
from schemas.product import Product
from schemas.status import ImportState
from tests.builders import ORDER_ID, STORE_ID, a_report, an_item, placed
from tests.harness import Pipeline

SignIn = Callable[[Role], Page]
PAGE = f"/orders/{ORDER_ID}?store={STORE_ID}"


def block(pipeline: Pipeline) -> None:
    """Block the order on a listing whose ASIN is a product's SKU."""
    items = (an_item(asin="B000000001", title="A lamp"),)
    pipeline.commerce.catalog.save([Product(sku="B000000001", name="Lamp", quantity=5)])
    pipeline.handle(placed(items=items), a_report("Unshipped", items=items))


def test_an_empty_system_shows_the_next_step_on_each_page(sign_in: SignIn, console: str) -> None:
    page = sign_in(Role.OPERATOR)
    for path, sentence in {
        "/dead-letters": "Nothing is blocked",
        "/replays": "No replay yet",
        "/products": "Every listing has its product",
        "/communication-errors": "No call has failed",
    }.items():
        page.goto(console + path)
        expect(page.get_by_text(sentence)).to_be_visible()


def test_a_blocked_order_is_imported_by_four_clicks_from_the_system_message(
    sign_in: SignIn, pipeline: Pipeline
) -> None:
    block(pipeline)
    page = sign_in(Role.STAFF)
    message = page.get_by_role("status").filter(has_text="has orders that cannot be imported into Commerce")
    message.get_by_role("link", name=STORE_ID).click()
    page.get_by_role("link", name=ORDER_ID).first.click()
    page.get_by_role("link", name="Match product").click()
    page.get_by_role("button", name="Assign product").click()
    expect(page.get_by_text("Import requested for 1 waiting order.")).to_be_visible()
    pipeline.drain()
    assert show_order(pipeline.context, ORDER_ID).import_state is ImportState.IMPORTED
    page.reload()
    expect(message).to_have_count(0)


def test_an_address_is_edited_and_the_next_page_says_so(sign_in: SignIn, console: str, pipeline: Pipeline) -> None:
    block(pipeline)
    page = sign_in(Role.STAFF)
    page.goto(console + PAGE)
    page.get_by_role("link", name="Show buyer and address").click()
    page.get_by_label("City").fill("Newville")
    page.get_by_role("button", name="Save Order").click()
    expect(page.get_by_text("The address was saved.")).to_be_visible()
    assert show_personal_data(pipeline.context, ORDER_ID, actor="test").address["city"] == "Newville"


def test_an_unshipped_order_is_canceled_with_a_reason(sign_in: SignIn, console: str, pipeline: Pipeline) -> None:
    block(pipeline)
    page = sign_in(Role.STAFF)
    page.goto(console + PAGE)
    page.get_by_role("link", name="Cancel Order").click()
    page.get_by_label("Reason for cancellation").select_option("Customer exchange")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status").get_by_text("Cancellation requested (CustomerExchange).")).to_be_visible()
    expect(page.get_by_role("link", name="Cancel Order")).to_have_count(0)
