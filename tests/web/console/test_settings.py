"""Settings: stores, order settings as a form, and refusals."""

from operations.order_settings import save_order_settings, show_order_settings
from operations.stores import show_store
from tests.builders import STORE_ID
from tests.harness import Pipeline
from tests.web.people import Browser

PAGE = f"/settings/orders?store={STORE_ID}"


def form(pipeline: Pipeline, **changes: str) -> dict[str, str]:
    """Return the form as a person saw it, with changes."""
    values = show_order_settings(pipeline.context, STORE_ID).values
    return {"store": STORE_ID, **values, **{f"seen_{name}": value for name, value in values.items()}, **changes}


def test_settings_are_saved_and_only_what_changed(pipeline: Pipeline, operator: Browser) -> None:
    assert "Customer Creation" in operator.get(PAGE).text
    answer = operator.submit("/settings/orders", **form(pipeline, customer_creation="new", require_tracking="false"))
    assert answer.status_code == 303, answer.text
    settings = show_store(pipeline.context, STORE_ID).settings
    assert (settings.customer_creation, settings.require_tracking) == ("new", False)
    assert operator.submit("/settings/orders", **form(pipeline)).headers["location"] == "/settings"


def test_a_form_that_somebody_else_overtook_shows_the_difference_and_keeps_its_entries(
    pipeline: Pipeline, operator: Browser
) -> None:
    stale = form(pipeline, commerce_store_view="german")
    save_order_settings(pipeline.context, STORE_ID, {"missing_phone": "block"}, seen={}, actor="bob")
    answer = operator.submit("/settings/orders", **stale)
    assert answer.status_code == 409
    assert "Address Without Phone: you saw “allow”, now it is “block”." in answer.text
    assert 'value="german"' in answer.text
    assert show_store(pipeline.context, STORE_ID).settings.commerce_store_view == "default"


def test_a_custom_status_needs_its_status(pipeline: Pipeline, operator: Browser) -> None:
    answer = operator.submit("/settings/orders", **form(pipeline, order_status="custom"))
    assert answer.status_code in (409, 422)
    assert "needs a Processing Order Status" in answer.text


def test_a_store_is_added_with_its_instant_of_integration(pipeline: Pipeline, operator: Browser) -> None:
    fields = {"store_id": "de", "name": "Germany", "integrated_at": "2026-05-01T10:00Z"}
    assert operator.submit("/settings/stores", **fields).status_code == 303
    assert "Germany" in operator.get("/settings").text
    assert operator.submit("/settings/stores", **fields).status_code == 409
    assert operator.submit("/settings/stores", store_id="x", integrated_at="yesterday").status_code == 422
    assert operator.submit("/settings/stores", store_id=" ").status_code == 422


def test_staff_see_settings_and_change_none(pipeline: Pipeline, staff: Browser) -> None:
    text = staff.get(PAGE).text
    assert "disabled" in text
    assert ">Save<" not in text
    assert staff.submit("/settings/orders", **form(pipeline, require_tracking="false")).status_code == 403
    assert staff.submit("/settings/stores", store_id="de").status_code == 403
    assert staff.get("/settings/orders?store=nobody").status_code == 404


def test_without_a_list_of_sellers_nothing_is_asked(viewer: Browser) -> None:
    assert "Seller" not in viewer.get("/settings").text
