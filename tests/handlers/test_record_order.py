"""order.placed: the order goes into the table, once, and nothing happens in Commerce before its time."""

from datetime import timedelta

from handlers.record_order import decide
from schemas import payloads
from schemas.amazon_report import Item
from schemas.payloads import Payload
from schemas.status import Channel, ImportState, Status
from tests.builders import HOME, KEY, ORDER_ID, START, a_store, an_item, changed, known, placed
from tests.handlers.world import World


def _names(said: tuple[Payload, ...]) -> list[str]:
    return [type(payload).__name__ for payload in said]


def test_a_placed_order_is_recorded_as_pending_and_not_imported() -> None:
    decision = decide(known(), placed())
    assert decision.order is not None
    assert decision.order.status is Status.PENDING
    assert decision.order.import_state is ImportState.NOT_DUE
    assert decision.note == decision.order.note == "Order recorded as Pending."
    assert decision.follow_ups == (payloads.OrderRecorded(**KEY, status=Status.PENDING),)


def test_an_order_seen_twice_is_recorded_once() -> None:
    first = decide(known(), placed())
    again = decide(known(first.order, personal=first.personal), placed())
    assert again.order is None
    assert again.follow_ups == ()


def test_an_item_need_not_say_how_much_of_it_was_shipped() -> None:
    order = decide(known(), placed(items=(Item(order_item_id="1", seller_sku="SKU-1", quantity=2),))).order
    assert order is not None
    assert [(line.quantity, line.quantity_shipped) for line in order.lines] == [(2, 0)]


def test_an_order_that_is_importable_at_first_sight_is_asked_to_be_imported() -> None:
    assert _names(decide(known(), placed(status="Unshipped")).follow_ups) == ["OrderRecorded", "ImportRequested"]


def test_an_fba_order_is_asked_to_be_imported_only_when_it_is_shipped() -> None:
    world = World()
    world.tell(placed(fulfillment_channel=Channel.AFN), changed("Unshipped", 1))
    assert world.order().import_state is ImportState.NOT_DUE
    world.tell(changed("Shipped", 2))
    assert payloads.ImportRequested(**KEY) in world.said


def test_personal_data_goes_to_the_vault_and_into_nothing_that_is_said() -> None:
    decision = decide(known(personal=None), placed(status="Unshipped", shipping_address=HOME))
    assert decision.personal is not None
    assert decision.personal.shipping_address == HOME
    said = "".join(payload.model_dump_json() for payload in decision.follow_ups) + str(decision.order)
    assert "Test Street" not in said
    assert "Test Buyer" not in said


def test_with_import_disabled_the_order_is_view_only_and_the_note_names_seller_central() -> None:
    decision = decide(known(store=a_store(import_orders=False)), placed(status="Unshipped"))
    assert decision.order is not None
    assert decision.order.import_state is ImportState.VIEW_ONLY
    assert decision.order.status is Status.UNSHIPPED
    assert "Amazon Seller Central" in decision.order.note
    assert _names(decision.follow_ups) == ["OrderRecorded"]


def test_an_order_from_before_the_integration_is_recorded_and_never_imported() -> None:
    late = known(store=a_store(integrated_at=START + timedelta(seconds=1)))
    decision = decide(late, placed(status="Unshipped"))
    assert decision.order is not None
    assert decision.order.import_state is ImportState.VIEW_ONLY
    assert "before the store's integration" in decision.order.note
    assert _names(decision.follow_ups) == ["OrderRecorded"]


def test_an_order_placed_at_the_instant_of_the_integration_is_imported() -> None:
    decision = decide(known(store=a_store(integrated_at=START)), placed(status="Unshipped"))
    assert "ImportRequested" in _names(decision.follow_ups)


def test_a_replacement_order_is_recorded_as_such() -> None:
    original = "123-1234567-0000001"
    order = decide(known(), placed(replaces_order_id=original)).order
    assert order is not None
    assert (order.amazon_order_id, order.replaces_order_id) == (ORDER_ID, original)


def test_a_placing_that_comes_after_the_first_status_adds_what_was_not_known() -> None:
    world = World()
    world.tell(changed("Unshipped", 1))
    assert world.orders == {}
    world.tell(placed(items=(an_item(title="Test Mug"),)))
    assert world.order().status is Status.ERROR
    assert world.order().amazon_status == "Unshipped"
    assert world.order().lines[0].title == "Test Mug"
