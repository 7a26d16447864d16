"""The forms of an order's page: each does its act, is refused with a reason, and loses nothing."""

from typing import Any

from operations.orders.actions import edit_address
from operations.orders.personal import show_personal_data
from operations.orders.queries import show_order
from schemas.product import Product
from schemas.status import ImportState
from tests.builders import HOME, ORDER_ID, STORE_ID, a_report, an_item, placed, usd
from tests.harness import Pipeline
from tests.web.people import Browser

PAGE = f"/orders/{ORDER_ID}"


def form(**changes: str) -> dict[str, str]:
    """Return the form of the address as a person saw it, with changes."""
    address = {name: value or "" for name, value in HOME.model_dump().items()}
    return {"store": STORE_ID, **address, **{f"seen_{name}": value for name, value in address.items()}, **changes}


def test_the_address_is_saved_and_only_what_changed(pipeline: Pipeline, staff: Browser) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    answer = staff.submit(f"{PAGE}/address", **form(city="Newville"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?store={STORE_ID}")
    shown = show_personal_data(pipeline.context, ORDER_ID, actor="test")
    assert (shown.address["city"], shown.address["line1"]) == ("Newville", HOME.line1)
    assert "Shipping address edited (city)." in show_order(pipeline.context, ORDER_ID).note


def test_a_form_that_somebody_else_overtook_keeps_its_entries_and_shows_the_difference(
    pipeline: Pipeline, staff: Browser
) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    edit_address(pipeline.context, ORDER_ID, None, {"city": "Elsewhere"}, actor="bob")
    answer = staff.submit(f"{PAGE}/address", **form(line1="2 Other Street"))
    assert answer.status_code == 409
    assert "City: you saw “Testville”, now it is “Elsewhere”." in answer.text
    assert 'value="2 Other Street"' in answer.text
    assert show_personal_data(pipeline.context, ORDER_ID, actor="test").address["line1"] == HOME.line1


def test_a_wrong_field_is_named_and_the_entries_stay(pipeline: Pipeline, staff: Browser) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    answer = staff.submit(f"{PAGE}/address", **form(region="Nowhere", city="Kept"))
    assert answer.status_code in (409, 422)
    assert "region" in answer.text
    assert 'value="Kept"' in answer.text


def test_nothing_changed_is_no_edit(pipeline: Pipeline, staff: Browser) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    assert staff.submit(f"{PAGE}/address", **form()).status_code == 303
    assert "edited" not in show_order(pipeline.context, ORDER_ID).note


def test_an_unshipped_order_is_canceled_with_a_reason(pipeline: Pipeline, staff: Browser) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    assert "No inventory" in staff.get(f"{PAGE}/cancel").text
    assert staff.submit(f"{PAGE}/cancel", store=STORE_ID, reason="Because").status_code == 409
    assert staff.submit(f"{PAGE}/cancel", store=STORE_ID, reason="NoInventory").status_code == 303
    assert show_order(pipeline.context, ORDER_ID).note == "Cancellation requested (NoInventory)."
    assert "Confirm" not in staff.get(f"{PAGE}/cancel").text


def test_only_unshipped_orders_have_the_button_to_cancel(pipeline: Pipeline, staff: Browser) -> None:
    pipeline.handle(placed())
    assert "Cancel Order</a>" not in staff.get(PAGE).text
    pipeline.handle(a_report("Unshipped"))
    assert "Cancel Order</a>" in staff.get(PAGE).text


def test_an_order_is_imported_at_once(pipeline: Pipeline, staff: Browser) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    pipeline.commerce.catalog.save([Product(sku="SKU-1", name="One", quantity=5)])
    assert staff.submit(f"{PAGE}/import", store=STORE_ID).status_code == 303
    pipeline.drain()
    assert show_order(pipeline.context, ORDER_ID).import_state is ImportState.IMPORTED


def test_a_total_that_does_not_add_up_is_accepted_with_a_reason(pipeline: Pipeline, staff: Browser) -> None:
    pipeline.stock(Product(sku="SKU-1", name="One", quantity=5))
    facts: dict[str, Any] = {"items": (an_item(item_price=usd("10.00")),), "order_total": usd("99.00")}
    pipeline.handle(placed(**facts), a_report("Unshipped", **facts))
    assert "Accept total" in staff.get(PAGE).text
    assert "99.00" in staff.get(f"{PAGE}/accept-total").text
    assert staff.submit(f"{PAGE}/accept-total", store=STORE_ID, reason=" ").status_code == 409
    assert staff.submit(f"{PAGE}/accept-total", store=STORE_ID, reason="checked", total="lots").status_code == 409
    assert staff.submit(f"{PAGE}/accept-total", store=STORE_ID, reason="checked").status_code == 303
    pipeline.drain()
    assert show_order(pipeline.context, ORDER_ID).import_state is ImportState.IMPORTED


def test_a_buyers_request_to_cancel_is_declined(pipeline: Pipeline, staff: Browser) -> None:
    pipeline.stock(Product(sku="SKU-1", name="One", quantity=5))
    asks: dict[str, Any] = {"instructions": {"items": [{"order_item_id": "item-1", "buyer_cancellation": True}]}}
    pipeline.handle(placed(), a_report("Unshipped", **asks))
    text = staff.get(PAGE).text
    assert "Cancel order" in text
    assert "Decline the request" in text
    assert staff.submit(f"{PAGE}/decline-cancellation", store=STORE_ID, reason="agreed by phone").status_code == 303
    pipeline.drain()
    assert show_order(pipeline.context, ORDER_ID).import_state is ImportState.IMPORTED


def test_a_form_without_its_token_changes_nothing(pipeline: Pipeline, staff: Browser) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    answer = staff.post(f"{PAGE}/cancel", data={"store": STORE_ID, "reason": "NoInventory"})
    assert answer.status_code == 403
    assert show_order(pipeline.context, ORDER_ID).cancellation is None
