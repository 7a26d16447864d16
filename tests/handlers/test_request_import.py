"""An operator's request to import an order: for orders that are due, and for no others."""

import pytest

from handlers.request_import import decide, refusal
from schemas.payloads import ImportRequested
from schemas.status import ImportState
from tests.builders import KEY, an_imported_order, an_order, order_context


@pytest.mark.parametrize("state", [ImportState.REQUESTED, ImportState.BLOCKED])
def test_an_order_that_is_due_is_requested(state: ImportState) -> None:
    order = an_order(import_state=state)
    assert refusal(order) is None
    decision = decide(order_context(order), "ann")
    assert (decision.order, decision.follow_ups) == (None, (ImportRequested.model_validate(KEY),))
    assert decision.note == "Import requested by ann."


def test_other_orders_are_refused_with_the_reason() -> None:
    assert refusal(an_imported_order()) == "Its Commerce order is 000000001."
    assert refusal(an_order("Pending")) == "Its import is not due."
