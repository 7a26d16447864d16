"""The page of an order: its tabs, its blockers, the rights of each role, hostile text, unknown orders."""

import pytest

from operations.personal_data.looks import list_looks
from schemas.people import Role
from schemas.personal import Address, Buyer
from schemas.product import Product
from tests.builders import HOME, ORDER_ID, STORE_ID, a_report, an_item, placed, shipped
from tests.harness import Pipeline
from tests.web.people import Browser

PAGE = f"/orders/{ORDER_ID}"
IN_STORE = f"{PAGE}?store={STORE_ID}"
BUYER = Buyer(name="Test Buyer", email="buyer@example.com")


def blocked(pipeline: Pipeline) -> None:
    """Block the order on its product."""
    pipeline.handle(placed(buyer=BUYER), a_report("Unshipped"))


def imported(pipeline: Pipeline) -> None:
    """Import the order."""
    pipeline.stock(Product(sku="SKU-1", name="One", quantity=5))
    pipeline.handle(placed(buyer=BUYER), a_report("Unshipped"))


def test_a_blocked_order_says_why_with_the_solution_and_a_button(pipeline: Pipeline, staff: Browser) -> None:
    blocked(pipeline)
    text = staff.get(PAGE).text
    assert "Product &#34;SKU-1&#34; in order does not exist in the catalog" in text
    assert "manually match the listing to it" in text
    assert f"/products/match?store={STORE_ID}&amp;seller_sku=SKU-1&amp;order={ORDER_ID}" in text
    assert "Import now" in text


def test_the_check_in_commerce_shows_how_each_product_was_looked_up(pipeline: Pipeline, viewer: Browser) -> None:
    blocked(pipeline)
    assert "SKU-1 is not in the catalog" in viewer.get(f"{IN_STORE}&check=1").text


def test_the_tabs_have_items_parcels_and_the_timeline(pipeline: Pipeline, viewer: Browser) -> None:
    imported(pipeline)
    pipeline.handle(shipped())
    assert "SKU-1" in viewer.get(f"{IN_STORE}&tab=items").text
    assert "TRACK-parcel-1" in viewer.get(f"{IN_STORE}&tab=tracking").text
    timeline = viewer.get(f"{IN_STORE}&tab=timeline").text
    assert "follows from order.status_changed" in timeline
    assert viewer.get(f"{IN_STORE}&tab=nothing").status_code == 422


def test_an_order_without_a_commerce_order_links_to_seller_central(pipeline: Pipeline, viewer: Browser) -> None:
    pipeline.handle(placed())
    assert f"https://sellercentral.amazon.com/orders-v3/order/{ORDER_ID}" in viewer.get(PAGE).text


def test_personal_data_is_shown_on_request_only_and_each_look_is_recorded(pipeline: Pipeline, staff: Browser) -> None:
    blocked(pipeline)
    assert "1 Test Street" not in staff.get(PAGE).text
    assert list_looks(pipeline.context).rows == ()
    shown = staff.get(f"{IN_STORE}&personal=1").text
    assert 'value="1 Test Street"' in shown
    assert "buyer@example.com" in shown
    assert [look.who for look in list_looks(pipeline.context).rows] == ["staff"]


def test_a_viewer_sees_no_personal_data_and_no_buttons_that_change(pipeline: Pipeline, viewer: Browser) -> None:
    blocked(pipeline)
    assert viewer.get(f"{IN_STORE}&personal=1").status_code == 403
    text = viewer.get(PAGE).text
    assert "Your role does not see personal data" in text
    assert "Import now" not in text
    assert "/products/match" not in text
    for action in ("address", "cancel", "import", "accept-total", "decline-cancellation"):
        assert viewer.submit(f"{PAGE}/{action}", store=STORE_ID, reason="NoInventory").status_code == 403
    assert list_looks(pipeline.context).rows == ()


HOSTILE = "<script>alert(1)</script>'; DROP TABLE orders; --\u202egnp.exe"


def test_hostile_text_in_every_field_is_shown_as_text(pipeline: Pipeline, staff: Browser) -> None:
    long = "x" * 200 + HOSTILE
    item = an_item(seller_sku="<b>" + long[:190], asin="<i>asin</i>", title=HOSTILE)
    address = Address(**{name: HOSTILE for name in HOME.model_dump() if name != "country_code"}, country_code="US")
    pipeline.handle(placed(items=(item,), buyer=Buyer(name=HOSTILE, email=HOSTILE), ship_service_level="<b>x"))
    pipeline.handle(a_report("Unshipped", items=(item,), shipping_address=address))
    for query in ("&personal=1", "&tab=items", "&tab=timeline", "&check=1"):
        text = staff.get(f"{IN_STORE}{query}").text
        assert "<script>alert" not in text
        assert "<i>asin" not in text
        assert "<b>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&#39;; DROP TABLE orders" in staff.get(f"{IN_STORE}&tab=items").text
    assert "\u202e" not in staff.get(f"{IN_STORE}&tab=items").text
    assert "\\u202egnp.exe" in staff.get(f"{IN_STORE}&tab=items").text


def test_an_unknown_order_is_a_page_that_helps_on(viewer: Browser) -> None:
    answer = viewer.get(PAGE)
    assert answer.status_code == 404
    assert f"There is no order {ORDER_ID}" in answer.text
    assert 'action="/orders"' in answer.text


def test_an_order_that_was_never_placed_shows_what_waits_for_it(pipeline: Pipeline, viewer: Browser) -> None:
    pipeline.handle(shipped())
    answer = viewer.get(PAGE)
    assert (answer.status_code, "commerce.shipped" in answer.text) == (200, True)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_look_at_an_order(pipeline: Pipeline, role: Role, request: pytest.FixtureRequest) -> None:
    blocked(pipeline)
    browser: Browser = request.getfixturevalue(role.value)
    assert browser.get(PAGE).status_code == 200
