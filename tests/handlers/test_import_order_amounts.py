"""import.requested of an order whose amounts were reported for other quantities: Amazon is asked for it first, once."""

import pytest

from handlers.import_order import ask, decide
from schemas import payloads
from schemas.blockers import BlockerKind
from schemas.gateway_requests import AmazonOrder, CreateOrder, GetAmazonOrder, LookUpOrder, OrderCreated, RequestRefused
from schemas.order import Order
from schemas.payloads import ImportRequested
from schemas.product import Product
from schemas.status import ImportState
from tests.builders import HOME, a_product, an_item, changed, looked_up, order_context, placed, usd
from tests.handlers.importing import REQUESTED
from tests.handlers.test_import_order import MADE
from tests.handlers.world import World
from tests.harness import Pipeline

THREE = (an_item(quantity=3, item_price=usd("60.00")),)
TWO = (an_item(quantity=2, item_price=None),)
TWO_PRICED = (an_item(quantity=2, item_price=usd("40.00")),)
LOOKUP = looked_up(a_product())


def reduced() -> Order:
    """Return an order of two pieces, whose amounts are known for three."""
    world = World()
    world.publish(placed(items=THREE, order_total=usd("60.00")), changed("Unshipped", 1, items=TWO))
    return world.order().model_copy(update={"blockers": (), "import_state": ImportState.REQUESTED})


def test_amazon_is_asked_before_commerce_and_its_amounts_are_imported() -> None:
    context = order_context(reduced())
    request = ask(context, REQUESTED, ())
    assert isinstance(request, GetAmazonOrder)
    assert (request.key, request.marketplace_id) == (reduced().key, reduced().marketplace_id)
    answer = AmazonOrder(changed("Unshipped", 2, items=TWO_PRICED, order_total=usd("40.00")))
    assert isinstance(ask(context, REQUESTED, (answer,)), LookUpOrder)
    creation = ask(context, REQUESTED, (answer, LOOKUP))
    assert isinstance(creation, CreateOrder)
    assert (creation.total, creation.lines[0].quantity) == (usd("40.00"), 2)
    decision = decide(context, REQUESTED, (answer, LOOKUP, OrderCreated(MADE)))
    assert decision.order is not None
    assert (decision.order.import_state, decision.order.order_total) == (ImportState.IMPORTED, usd("40.00"))
    assert decision.note == "Order details updated: prices, total. Commerce order 000000001 created."
    assert not any(isinstance(payload, ImportRequested) for payload in decision.follow_ups)


@pytest.mark.parametrize(
    "answer",
    [AmazonOrder(changed("Unshipped", 2, items=TWO)), AmazonOrder(changed("Unshipped", 1)), RequestRefused("gone")],
    ids=["without amounts", "without items", "refused"],
)
def test_an_order_whose_amounts_amazon_does_not_have_is_blocked_and_not_asked_for_again(
    answer: AmazonOrder | RequestRefused,
) -> None:
    context = order_context(reduced())
    assert ask(context, REQUESTED, (answer, LOOKUP)) is None
    order = decide(context, REQUESTED, (answer, LOOKUP)).order
    assert order is not None
    assert [blocker.kind for blocker in order.blockers] == [BlockerKind.MONEY]
    assert isinstance(ask(order_context(order), REQUESTED, ()), LookUpOrder)


def test_other_facts_of_amazons_answer_have_their_effects() -> None:
    answer = AmazonOrder(changed("Canceled", 2))
    assert isinstance(ask(order_context(reduced()), REQUESTED, (answer,)), LookUpOrder)
    decision = decide(order_context(reduced()), REQUESTED, (answer, LOOKUP))
    assert decision.order is not None
    assert decision.order.import_state is ImportState.CANCELED
    assert payloads.OrderCanceled.of(reduced().key) in decision.follow_ups


@pytest.mark.parametrize("reported", [{}, {"order_total": usd("10.00")}], ids=["by its lines", "by both"])
def test_an_order_whose_amounts_are_known_is_not_asked_for(reported: dict[str, object]) -> None:
    world = World()
    world.publish(placed(**reported), changed("Unshipped", 1))
    order = world.order().model_copy(update={"blockers": (), "import_state": ImportState.REQUESTED})
    assert isinstance(ask(order_context(order), REQUESTED, ()), LookUpOrder)


def test_an_order_that_is_not_due_is_not_asked_for() -> None:
    world = World()
    world.publish(placed(items=THREE), changed("Pending", 1, items=TWO))
    assert isinstance(ask(order_context(world.order()), REQUESTED, ()), LookUpOrder)


def test_an_order_reduced_by_a_report_without_amounts_is_imported_with_amazons_present_ones(pipeline: Pipeline) -> None:
    first = placed(items=THREE, order_total=usd("60.00"), shipping_address=HOME)
    pipeline.amazon.place([first])
    pipeline.amazon.change(changed("Unshipped", 2, items=TWO_PRICED, order_total=usd("40.00")))
    pipeline.stock(Product(sku="SKU-1", name="SKU-1", quantity=10))
    pipeline.handle(first, changed("Unshipped", 1, items=TWO))
    (shop_order,) = pipeline.shop_orders()
    assert pipeline.order().import_state is ImportState.IMPORTED
    assert (shop_order.total, dict(pipeline.order().quantities)) == (usd("40.00"), {"SKU-1": 2})
