"""The order settings as a form: documented defaults, changes, and refusals."""

import pytest

from operations.errors import NotFoundError, RefusedActionError
from operations.order_settings import save_order_settings, show_order_settings
from operations.stale_forms import StaleFormError
from schemas.store import OrderSettings
from tests.builders import STORE_ID
from tests.harness import Pipeline


def test_a_form_has_every_setting_with_its_default(pipeline: Pipeline) -> None:
    form = show_order_settings(pipeline.context, STORE_ID)
    assert set(form.values) == set(OrderSettings.model_fields)
    assert all(field.value == field.default for field in form.fields)
    assert all(field.value in {one.value for one in field.options} for field in form.fields if field.options)
    assert {field.name for field in form.fields if not field.counts} == {"processing_status", "reserve_quantity"}


def test_with_import_disabled_no_other_setting_counts(pipeline: Pipeline) -> None:
    seen = show_order_settings(pipeline.context, STORE_ID).values
    form = save_order_settings(pipeline.context, STORE_ID, {"import_orders": "false"}, seen=seen, actor="ann")
    assert [field.name for field in form.fields if field.counts] == ["import_orders"]


def test_a_custom_status_is_saved_and_needs_its_status(pipeline: Pipeline) -> None:
    seen = show_order_settings(pipeline.context, STORE_ID).values
    values = {"order_status": "custom", "processing_status": " "}
    with pytest.raises(RefusedActionError, match="needs a Processing Order Status"):
        save_order_settings(pipeline.context, STORE_ID, values, seen=seen, actor="ann")
    values = {"order_status": "custom", "processing_status": "amazon_new"}
    form = save_order_settings(pipeline.context, STORE_ID, values, seen=seen, actor="ann")
    assert form.store.settings.processing_status == "amazon_new"


def test_an_edit_of_settings_that_somebody_else_changed_is_refused_with_the_difference(pipeline: Pipeline) -> None:
    seen = show_order_settings(pipeline.context, STORE_ID).values
    save_order_settings(pipeline.context, STORE_ID, {"require_tracking": "false"}, seen=seen, actor="ann")
    with pytest.raises(StaleFormError) as caught:
        save_order_settings(pipeline.context, STORE_ID, {"missing_phone": "block"}, seen=seen, actor="bob")
    assert [(one.field, one.seen, one.now) for one in caught.value.fields] == [("require_tracking", "True", "False")]
    assert show_order_settings(pipeline.context, STORE_ID).values["missing_phone"] == "allow"


@pytest.mark.parametrize("values", [{"missing_phone": "perhaps"}, {"import_orders": "2"}, {"name_of_store": "x"}])
def test_wrong_values_and_unknown_settings_are_refused(pipeline: Pipeline, values: dict[str, str]) -> None:
    with pytest.raises(RefusedActionError):
        save_order_settings(pipeline.context, STORE_ID, values, seen={}, actor="ann")


def test_an_unknown_store_has_no_form(pipeline: Pipeline) -> None:
    with pytest.raises(NotFoundError):
        show_order_settings(pipeline.context, "nobody")
