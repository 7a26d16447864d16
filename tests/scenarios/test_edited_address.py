"""An address that is edited after the import reaches the Commerce order."""

from operations.orders.actions import edit_address
from schemas.product import Product
from tests.builders import ORDER_ID, a_report, placed
from tests.harness import Pipeline

PLENTY = Product(sku="SKU-1", name="Thing one", quantity=100)


def test_an_address_that_is_edited_after_the_import_reaches_the_commerce_order_once(pipeline: Pipeline) -> None:
    pipeline.stock(PLENTY)
    pipeline.handle(placed(), a_report("Unshipped"))
    edit_address(pipeline.context, ORDER_ID, None, {"city": "Editville"}, actor="ann")
    pipeline.drain()
    assert pipeline.order().note == "Commerce order 000000001 has the edited address."
    assert [order.address_changes for order in pipeline.shop_orders()] == [1]
