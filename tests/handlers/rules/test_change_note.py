"""The note of a report without a new status names the changed facts, and no value."""

from typing import Any

import pytest

from handlers.change_status import decide
from handlers.rules.change_note import UNCHANGED
from schemas.personal import Buyer
from tests.builders import HOME, a_report, an_item, an_order, at, changed, order_context, usd


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        ({"shipping_address": HOME.model_copy(update={"line1": "2 Secret Lane"})}, "shipping address"),
        ({"buyer": Buyer(name="Secret Name")}, "buyer"),
        ({"latest_ship_date": at(90)}, "ship-by date"),
        ({"order_total": usd("10.00")}, "total"),
        ({"fulfillment_channel": "AFN"}, "fulfillment channel"),
        ({"ship_service_level": "Expedited", "is_prime": True}, "shipping service, Prime"),
        ({"items": (an_item(quantity=2),)}, "quantities"),
        ({"items": (an_item(quantity_shipped=1),)}, "shipped quantities"),
        ({"items": (an_item(item_price=usd("11.00")),)}, "prices"),
        ({"items": (an_item(title="Another"),)}, "listings"),
        ({"items": (an_item(), an_item(2))}, "items"),
    ],
)
def test_the_note_names_what_changed(facts: dict[str, Any], names: str) -> None:
    decision = decide(order_context(an_order("Unshipped")), changed("Unshipped", 5, **facts))
    assert decision.note == f"Order details updated: {names}."
    assert "Secret" not in decision.note


def test_a_later_report_of_the_same_facts_is_noted_as_one_without_change() -> None:
    assert decide(order_context(an_order("Unshipped")), a_report("Unshipped", 9)).note == UNCHANGED
