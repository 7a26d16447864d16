"""Operators' actions on orders: recorded with actor and reason, refused on an order that somebody else changed."""

import pytest

from operations.errors import RefusedActionError
from operations.orders.actions import cancel_order, edit_address, request_import
from operations.orders.queries import show_order
from operations.people.audit import list_actions
from operations.stale_forms import StaleFormError
from schemas.personal import address_fields
from schemas.product import Product
from schemas.status import ImportState
from tests.builders import HOME, ORDER_ID, STORE_ID, a_report, placed
from tests.harness import Pipeline


def test_the_audit_log_has_who_canceled_an_order_and_why(pipeline: Pipeline) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    cancel_order(pipeline.context, ORDER_ID, None, "NoInventory", actor="ann")
    (act,) = list_actions(pipeline.context, limit=10).rows
    assert (act.who, act.action, act.subject, act.why) == (
        "ann",
        "order.cancel",
        f"{STORE_ID}/{ORDER_ID}",
        "NoInventory",
    )


def test_an_edit_of_an_address_that_was_changed_meanwhile_is_refused_with_the_difference(pipeline: Pipeline) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    seen = address_fields(HOME)
    edit_address(pipeline.context, ORDER_ID, None, {"city": "Firstville"}, actor="ann", seen=seen)
    with pytest.raises(StaleFormError, match="Somebody else changed city since you opened the form") as caught:
        edit_address(pipeline.context, ORDER_ID, None, {"line1": "2 Other Street"}, actor="bob", seen=seen)
    assert [(field.field, field.seen, field.now) for field in caught.value.fields] == [
        ("city", "Testville", "Firstville")
    ]
    assert "Firstville" not in str(caught.value)
    assert [entry.action for entry in list_actions(pipeline.context, limit=10).rows] == [
        "personal_data.look",
        "order.edit_address",
    ]


def test_a_blocked_order_is_imported_when_a_person_asks_for_it(pipeline: Pipeline) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    pipeline.commerce.catalog.save([Product(sku="SKU-1", name="One", quantity=5)])
    request_import(pipeline.context, ORDER_ID, None, actor="ann")
    pipeline.drain()
    assert show_order(pipeline.context, ORDER_ID).import_state is ImportState.IMPORTED
    with pytest.raises(RefusedActionError, match=r"Its Commerce order is 000000001\."):
        request_import(pipeline.context, ORDER_ID, None, actor="ann")


def test_an_order_says_why_it_cannot_be_canceled(pipeline: Pipeline) -> None:
    pipeline.handle(placed())
    assert "Only Unshipped orders can be canceled" in (show_order(pipeline.context, ORDER_ID).cancel_refusal or "")
    pipeline.handle(a_report("Unshipped"))
    assert show_order(pipeline.context, ORDER_ID).cancel_refusal is None
    cancel_order(pipeline.context, ORDER_ID, None, "NoInventory", actor="ann")
    refusal = show_order(pipeline.context, ORDER_ID).cancel_refusal
    assert refusal == "Its cancellation was requested (NoInventory)."
