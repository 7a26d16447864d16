"""Instructions in sentences: each fact has one, and Commerce gets all that were known when its order was created."""

from typing import Any

import pytest

from handlers.rules.instruction_texts import instructions_of, with_sku
from schemas.instructions import (
    ItemInstructions,
    OrderInstructions,
    PersonalInstructions,
    PersonalItemInstructions,
)
from schemas.order import Order
from schemas.payloads import AmazonReport
from tests.builders import HOME, START, an_order, changed, placed, usd
from tests.handlers.importing import creation
from tests.handlers.rules.test_buyer_cancellation import a_world

LISTS = ("payment_methods", "delivery_capabilities", "programs", "delivery_constraints", "tax_ids")
REASON = "buyer_cancel_reason"


def value_of(name: str, annotation: str) -> Any:
    """Return a value for a field."""
    if "bool" in annotation:
        return True
    if name in LISTS:
        return ["ONE", "TWO"]
    if name == "cash_to_collect":
        return usd("9.00")
    if "Datetime" in annotation:
        return START
    return "123-1234567-0000009" if name.endswith("order_id") else f"the {name}"


def filled(model: type[Any], **ids: str) -> dict[str, Any]:
    """Return all facts of a model but for its items."""
    names = [name for name in model.model_fields if name not in ("items", "order_item_id")]
    return ids | {name: value_of(name, str(model.model_fields[name].annotation)) for name in names}


def everything() -> dict[str, Any]:
    """Return all instructions there are, of the order and of its line."""
    item, personal = (
        filled(ItemInstructions, order_item_id="item-1"),
        filled(PersonalItemInstructions, order_item_id="item-1"),
    )
    return {
        "instructions": filled(OrderInstructions) | {"items": [item]},
        "personal_instructions": filled(PersonalInstructions) | {"items": [personal]},
    }


def an_instructed_order(**facts: Any) -> Order:
    report: AmazonReport = changed("Shipped", shipping_address=HOME, **facts)
    return a_world(placed(), report).order()


MODELS = (
    (None, OrderInstructions),
    (None, PersonalInstructions),
    ("item-1", ItemInstructions),
    ("item-1", PersonalItemInstructions),
)
FIELDS = [
    (item_id, name)
    for item_id, model in MODELS
    for name in model.model_fields
    if name not in ("items", "order_item_id", REASON)
]


@pytest.mark.parametrize(("item_id", "name"), FIELDS)
def test_each_fact_has_a_sentence(item_id: str | None, name: str) -> None:
    listed = {(one.order_item_id, one.name): one.text for one in instructions_of(an_instructed_order(**everything()))}
    assert listed[item_id, name]
    assert "{}" not in listed[item_id, name]


def test_commerce_gets_every_fact_with_its_value_and_keeps_no_personal_one_in_the_simulator() -> None:
    world = a_world(placed(), changed("Shipped", shipping_address=HOME, **everything()))
    request = creation(
        world.order().model_copy(update={"commerce_order": None, "import_state": "requested"}),
        personal=next(iter(world.personal.values())),
    )
    texts = [one.text for one in request.instructions]
    assert "The buyer's purchase order number: the purchase_order_number" in texts
    assert "SKU-1: Gift message: the gift_message" in texts
    assert "SKU-1: IOSS number for the carrier: the ioss_number" in texts
    assert f"Ship from {START:%Y-%m-%d %H:%M} UTC" in texts
    kept = world.shop_orders[0].comments
    assert "SKU-1: Gift wrap: the gift_wrap_level" in kept
    assert "gift_message (personal)" in kept
    assert not [text for text in kept if "the gift_message" in text or "the purchase_order_number" in text]


def test_show_lists_personal_facts_without_their_values() -> None:
    listed = {one.name: one for one in instructions_of(an_instructed_order(**everything()))}
    assert (listed["gift_message"].value, listed["gift_message"].text) == (
        None,
        "Gift message: personal, in the vault",
    )
    assert listed["customization_url"].is_personal


def test_a_flag_that_is_false_is_no_instruction() -> None:
    order = an_instructed_order(instructions={"is_store_pick_up": False, "buyer_cancel_reason": "Late."})
    assert instructions_of(order) == ()


def test_promises_of_the_order_itself_are_instructions() -> None:
    order = an_order(is_prime=True, is_premium=True, is_business=True, ship_service_level="NextDay")
    names = [one.name for one in instructions_of(order)]
    assert names == ["is_prime", "is_premium", "is_business", "ship_service_level"]


def test_an_unknown_line_is_named_by_its_id() -> None:
    order = an_instructed_order(instructions={"items": [{"order_item_id": "item-7", "is_gift": True}]})
    (gift,) = instructions_of(order)
    assert with_sku(order, gift) == "item item-7: Gift"
