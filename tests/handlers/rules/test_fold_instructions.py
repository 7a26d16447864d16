"""Folding instructions: each fact by its own stamp; the personal ones in the vault, their stamps in the order."""

from hypothesis import strategies as st

from handlers.rules.fold_instructions import facts_of
from schemas.instructions import (
    ItemInstructions,
    OrderInstructions,
    PersonalInstructions,
    PersonalItemInstructions,
    RecordedInstructions,
)
from tests.builders import an_order, changed, placed
from tests.handlers.rules.test_buyer_cancellation import a_world, unshipped


def order_instructions(item_id: str) -> st.SearchStrategy[OrderInstructions]:
    """Draw instructions of the order and of one line, each of which may be reported or not."""
    asks, words = st.none() | st.booleans(), st.sampled_from([None, "A", "B"])
    item = st.builds(ItemInstructions, order_item_id=st.just(item_id), buyer_cancellation=asks, gift_wrap_level=words)
    items = st.just(()) | st.tuples(item)
    return st.builds(OrderInstructions, buyer_cancellation=asks, order_type=words, items=items)


def personal_instructions(item_id: str) -> st.SearchStrategy[PersonalInstructions]:
    """Draw personal instructions of the order and of one line, each of which may be reported or not."""
    words = st.sampled_from([None, "A", "B"])
    item = st.builds(PersonalItemInstructions, order_item_id=st.just(item_id), gift_message=words)
    items = st.just(()) | st.tuples(item)
    return st.builds(PersonalInstructions, purchase_order_number=words, items=items)


def recorded(order_instructions: RecordedInstructions | None) -> dict[str, object]:
    assert order_instructions is not None
    return facts_of(order_instructions.facts)


def test_facts_of_several_reports_are_joined_and_the_later_value_wins() -> None:
    gift = {"order_item_id": "item-1", "gift_wrap_level": "Classic"}
    world = a_world(
        placed(instructions={"is_pick_up_point": True, "order_type": "Preorder", "items": [gift]}),
        unshipped(3, instructions={"order_type": "BackOrder"}),
        unshipped(2, instructions={"order_type": "Preorder", "is_store_pick_up": True}),
    )
    assert recorded(world.order().instructions) == {
        "is_pick_up_point": True,
        "is_store_pick_up": True,
        "order_type": "BackOrder",
        "gift_wrap_level:item-1": "Classic",
    }


def test_an_instruction_about_one_line_replaces_neither_other_lines_nor_their_instructions() -> None:
    items = [{"order_item_id": number, "is_gift": True} for number in ("item-1", "item-2")]
    world = a_world(placed(instructions={"items": items[:1]}), changed(instructions={"items": items[1:]}))
    assert set(recorded(world.order().instructions)) == {"is_gift:item-1", "is_gift:item-2"}
    assert [line.order_item_id for line in world.order().lines] == ["item-1"]


def test_personal_facts_are_in_the_vault_only_and_the_later_one_wins() -> None:
    later, earlier = {"purchase_order_number": "PO-2"}, {"purchase_order_number": "PO-1", "company_name": "Testers"}
    world = a_world(placed(), changed(minutes=3, personal_instructions=later))
    world.publish(changed(minutes=2, personal_instructions=earlier))
    (personal,) = world.personal.values()
    assert facts_of(personal.instructions) == {"purchase_order_number": "PO-2", "company_name": "Testers"}
    assert "PO-2" not in world.order().model_dump_json()
    instructions = world.order().instructions
    assert instructions is not None
    assert set(instructions.stamps) == {"purchase_order_number", "company_name"}


def test_the_note_names_what_changed_and_no_value() -> None:
    world = a_world(placed(), changed("Pending", 2, instructions={"is_pick_up_point": True}))
    assert world.order().note == "Order details updated: pick up point."
    world.publish(changed("Pending", 3, personal_instructions={"purchase_order_number": "PO-1"}))
    assert world.order().note == "Order details updated: purchase order number."


def test_a_flag_that_is_false_is_not_reported_as_a_change() -> None:
    world = a_world(placed(), changed("Pending", 2, instructions={"buyer_cancellation": False}))
    assert world.order().note == "Amazon reported the order again; no detail of it changed."


def test_an_order_without_instructions_stores_none() -> None:
    order = an_order()
    assert order.instructions is None
    assert "instructions" not in order.model_dump_json(exclude_none=True)
    assert placed(instructions={}).instructions is not None
    assert a_world(placed(instructions={})).order().instructions is None
