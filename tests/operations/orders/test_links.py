"""Links from an order to Amazon Seller Central and to Commerce's Admin."""

from operations.orders.links import commerce_admin_order, seller_central_order
from tests.builders import ORDER_ID


def test_the_marketplace_chooses_the_seller_central() -> None:
    german = seller_central_order("A1PA6795UKMFR9", ORDER_ID)
    assert german == f"https://sellercentral.amazon.de/orders-v3/order/{ORDER_ID}"
    assert seller_central_order("unknown", ORDER_ID) is None


def test_a_commerce_order_is_sought_by_its_number_in_the_admin() -> None:
    link = commerce_admin_order("https://shop.example/admin/", "1&2")
    assert link == "https://shop.example/admin/sales/order/index/?search=1%262"
