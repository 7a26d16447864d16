"""order.placed: the order is recorded once, and imported no earlier than its status allows."""

from datetime import timedelta

from handlers.record_order import decide
from schemas import payloads
from schemas.amazon_report import Item
from schemas.payloads import Payload
from schemas.status import Channel, ImportState, Status
from tests.builders import HOME, KEY, ORDER_ID, START, a_store, an_item, changed, order_context, placed
from tests.handlers.world import World


def _names(published: tuple[Payload, ...]) -> list[str]:
    return [type(payload).__name__ for payload in published]


def test_a_placed_order_is_recorded_as_pending_and_not_imported() -> None:
    decision = decide(order_context(), placed())
    assert decision.order is not None
    assert decision.order.status is Status.PENDING
    assert decision.order.import_state is ImportState.NOT_DUE
    assert decision.note == decision.order.note == "Order recorded as Pending."
    assert decision.follow_ups == (payloads.OrderRecorded(**KEY, status=Status.PENDING),)


def test_an_order_reported_twice_is_recorded_once() -> None:
    first = decide(order_context(), placed())
    again = decide(order_context(first.order, personal=first.personal), placed())
    assert again.order is None
    assert again.follow_ups == ()


def test_an_item_without_shipped_quantity_is_accepted() -> None:
    order = decide(order_context(), placed(items=(Item(order_item_id="1", seller_sku="SKU-1", quantity=2),))).order
    assert order is not None
    assert [(line.quantity, line.quantity_shipped) for line in order.lines] == [(2, 0)]


def test_an_importable_first_report_requests_the_import() -> None:
    assert _names(decide(order_context(), placed(status="Unshipped")).follow_ups) == [
        "OrderRecorded",
        "ImportRequested",
    ]


def test_the_import_of_an_fba_order_is_requested_only_when_it_is_shipped() -> None:
    world = World()
    world.publish(placed(fulfillment_channel=Channel.AFN), changed("Unshipped", 1))
    assert world.order().import_state is ImportState.NOT_DUE
    world.publish(changed("Shipped", 2))
    assert payloads.ImportRequested(**KEY) in world.published


def test_personal_data_goes_to_the_vault_and_into_no_published_event() -> None:
    decision = decide(order_context(personal=None), placed(status="Unshipped", shipping_address=HOME))
    assert decision.personal is not None
    assert decision.personal.shipping_address == HOME
    published = "".join(payload.model_dump_json() for payload in decision.follow_ups) + str(decision.order)
    assert "Test Street" not in published
    assert "Test Buyer" not in published


def test_with_import_disabled_the_order_is_view_only_and_the_note_names_seller_central() -> None:
    decision = decide(order_context(store=a_store(import_orders=False)), placed(status="Unshipped"))
    assert decision.order is not None
    assert decision.order.import_state is ImportState.VIEW_ONLY
    assert decision.order.status is Status.UNSHIPPED
    assert "Amazon Seller Central" in decision.order.note
    assert _names(decision.follow_ups) == ["OrderRecorded"]


def test_an_order_from_before_the_integration_is_recorded_and_never_imported() -> None:
    late = order_context(store=a_store(integrated_at=START + timedelta(seconds=1)))
    decision = decide(late, placed(status="Unshipped"))
    assert decision.order is not None
    assert decision.order.import_state is ImportState.VIEW_ONLY
    assert "before the store's integration" in decision.order.note
    assert _names(decision.follow_ups) == ["OrderRecorded"]


def test_an_order_placed_at_the_instant_of_the_integration_is_imported() -> None:
    decision = decide(order_context(store=a_store(integrated_at=START)), placed(status="Unshipped"))
    assert "ImportRequested" in _names(decision.follow_ups)


def test_a_replacement_order_is_recorded_as_such() -> None:
    original = "123-1234567-0000001"
    order = decide(order_context(), placed(replaces_order_id=original)).order
    assert order is not None
    assert (order.amazon_order_id, order.replaces_order_id) == (ORDER_ID, original)


def test_a_placing_after_the_first_status_adds_the_missing_facts() -> None:
    world = World()
    world.publish(changed("Unshipped", 1))
    assert world.orders == {}
    world.publish(placed(items=(an_item(title="Test Mug"),)))
    assert world.order().status is Status.ERROR
    assert world.order().amazon_status == "Unshipped"
    assert world.order().lines[0].title == "Test Mug"
