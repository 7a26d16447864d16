"""The personal data of an order: shown to a person with a name, and each look is recorded."""

import pytest

from operations.errors import RefusedActionError
from operations.orders.personal import show_personal_data
from operations.personal_data.looks import list_looks
from schemas.personal import EDITABLE_ADDRESS_FIELDS, Buyer
from tests.builders import HOME, ORDER_ID, STORE_ID, a_report, placed
from tests.harness import Pipeline


def test_a_person_sees_the_buyer_and_every_field_that_can_be_edited(pipeline: Pipeline) -> None:
    buyer = Buyer(name="Test Buyer", email="buyer@example.com")
    pipeline.handle(placed(buyer=buyer), a_report("Unshipped"))
    shown = show_personal_data(pipeline.context, ORDER_ID, actor="ann")
    assert (shown.buyer_name, shown.buyer_email, shown.not_editable) == ("Test Buyer", "buyer@example.com", None)
    assert list(shown.address) == list(EDITABLE_ADDRESS_FIELDS)
    assert (shown.address["line1"], shown.address["line2"]) == (HOME.line1, "")
    (look,) = list_looks(pipeline.context).rows
    assert (look.who, look.subject) == ("ann", f"{STORE_ID}/{ORDER_ID}")
    assert "Test Buyer" not in look.model_dump_json()


def test_an_order_without_personal_data_has_empty_fields(pipeline: Pipeline) -> None:
    pipeline.handle(placed())
    shown = show_personal_data(pipeline.context, ORDER_ID, actor="ann")
    assert (shown.buyer_name, set(shown.address.values())) == (None, {""})


def test_nobody_without_a_name_sees_anything(pipeline: Pipeline) -> None:
    pipeline.handle(placed())
    with pytest.raises(RefusedActionError, match="nobody without a name"):
        show_personal_data(pipeline.context, ORDER_ID, actor=" ")
    assert list_looks(pipeline.context).rows == ()
