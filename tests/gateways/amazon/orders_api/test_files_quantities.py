"""The quantity of an item is Amazon's count of shipped and unshipped pieces, with any flags."""

import pytest

from gateways.amazon.orders_api.files import read_orders
from schemas.payloads import OrderPlaced
from tests.gateways.amazon.samples import (
    Json,
    as_lines,
    item_2026,
    only_read,
    only_skipped,
    order_2026,
    v0_item,
    v0_order,
)

CANCELED: Json = {"cancellation": {"cancellationExecution": {"cancelledBy": "BUYER"}}}


def _quantities(document: Json) -> list[tuple[int, int | None]]:
    """Return the ordered and shipped quantities of the items of the only order."""
    payload = only_read(read_orders(as_lines(document), "us")).payload
    assert isinstance(payload, OrderPlaced)
    return [(item.quantity, item.quantity_shipped) for item in payload.items]


def _order_2026(status: str, *items: Json) -> Json:
    fulfillment: Json = {"fulfillmentStatus": status, "fulfilledBy": "MERCHANT"}
    return order_2026({"fulfillment": fulfillment, "orderItems": [item_2026(item) for item in items]})


@pytest.mark.parametrize(
    ("status", "counts", "flag", "quantity"),
    [
        ("UNSHIPPED", {"quantityFulfilled": 0, "quantityUnfulfilled": 2}, CANCELED, 2),
        ("SHIPPED", {"quantityFulfilled": 1, "quantityUnfulfilled": 0}, CANCELED, 1),
        ("PARTIALLY_SHIPPED", {"quantityFulfilled": 1, "quantityUnfulfilled": 1}, CANCELED, 2),
        ("UNSHIPPED", {"quantityUnfulfilled": 1}, CANCELED, 1),
        ("SHIPPED", {"quantityFulfilled": 2}, CANCELED, 2),
        ("UNSHIPPED", {"quantityFulfilled": 0, "quantityUnfulfilled": 2}, {}, 2),
        ("SHIPPED", {"quantityFulfilled": 3, "quantityUnfulfilled": 0}, CANCELED, 3),
        ("UNSHIPPED", {"quantityFulfilled": 0, "quantityUnfulfilled": 3}, {}, 3),
        ("PENDING", {"quantityFulfilled": 0, "quantityUnfulfilled": 0}, {}, 3),
        ("UNSHIPPED", {}, {}, 3),
    ],
)
def test_counts_of_2026_win_over_the_cancellation(status: str, counts: Json, flag: Json, quantity: int) -> None:
    document = _order_2026(status, {"fulfillment": counts, **flag})
    assert _quantities(document) == [(quantity, counts.get("quantityFulfilled"))]


def test_an_item_of_2026_without_units_left_is_canceled() -> None:
    gone: Json = {"orderItemId": "i-2", "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 0}, **CANCELED}
    assert _quantities(_order_2026("UNSHIPPED", {}, gone)) == [(3, 1)]
    assert "quantity 0" in only_skipped(read_orders(as_lines(_order_2026("UNSHIPPED", gone)), "us")).reason


@pytest.mark.parametrize(
    ("status", "item", "counts", "quantity"),
    [
        ("Shipped", {"QuantityOrdered": 3, "QuantityShipped": 1}, {}, 1),
        ("Shipped", {"QuantityOrdered": 0, "QuantityShipped": 1}, {}, 1),
        ("PartiallyShipped", {"QuantityOrdered": 0, "QuantityShipped": 2}, {}, 2),
        ("Unshipped", {"QuantityOrdered": 3}, {"NumberOfItemsShipped": 0, "NumberOfItemsUnshipped": 2}, 2),
        ("PartiallyShipped", {"QuantityOrdered": 3}, {"NumberOfItemsShipped": 1, "NumberOfItemsUnshipped": 1}, 2),
        ("Unshipped", {"QuantityOrdered": 0}, {"NumberOfItemsShipped": 0, "NumberOfItemsUnshipped": 2}, 2),
        ("Unshipped", {"QuantityOrdered": 3}, {"NumberOfItemsShipped": 0, "NumberOfItemsUnshipped": 3}, 3),
        ("Pending", {"QuantityOrdered": 3}, {"NumberOfItemsShipped": 0, "NumberOfItemsUnshipped": 0}, 3),
        ("PartiallyShipped", {"QuantityOrdered": 3, "QuantityShipped": 1}, {}, 3),
    ],
)
def test_counts_of_v0_win_over_the_quantity_ordered(status: str, item: Json, counts: Json, quantity: int) -> None:
    document = v0_order({"OrderStatus": status, **counts}, [v0_item(item)])
    assert [ordered for ordered, _ in _quantities(document)] == [quantity]


def test_an_orders_counts_change_none_of_several_items() -> None:
    items = [v0_item(), v0_item({"OrderItemId": "i-2"})]
    counted = v0_order({"NumberOfItemsShipped": 0, "NumberOfItemsUnshipped": 3}, items)
    assert [ordered for ordered, _ in _quantities(counted)] == [2, 2]
