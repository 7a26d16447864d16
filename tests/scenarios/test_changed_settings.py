"""Order settings that change while there are orders: these follow, and so does the stock that is held for them."""

from typing import Any

import pytest

from operations.store_changes import change_store
from schemas.product import Product
from tests.builders import STORE_ID, a_store, placed, store_changes
from tests.harness import Pipeline

RESERVING = {"inventory_management": False, "reserve_quantity": True}


def change(pipeline: Pipeline, **settings: Any) -> None:
    """Set the store's settings, and let the orders follow."""
    change_store(pipeline.context, STORE_ID, store_changes(a_store(**settings)), actor="ann")
    pipeline.drain()


def begin(pipeline: Pipeline, **settings: Any) -> None:
    """Set the store up, with an order that is pending."""
    pipeline.stock(Product(sku="SKU-1", name="One", quantity=5))
    pipeline.add_store(a_store(**settings))
    pipeline.handle(placed())


def reserved(pipeline: Pipeline) -> tuple[int, bool]:
    """Return the pieces that are reserved, and whether the order knows of it."""
    return pipeline.commerce.catalog.find(["SKU-1"])["SKU-1"].reserved, pipeline.order().stock_reserved


OTHERS = ({"import_orders": False}, {"reserve_quantity": False}, {"inventory_management": True})


@pytest.mark.parametrize("other", OTHERS)
def test_stock_is_held_for_pending_orders_as_long_as_the_settings_ask_for_it(
    pipeline: Pipeline, other: dict[str, bool]
) -> None:
    begin(pipeline, **RESERVING)
    assert reserved(pipeline) == (1, True)
    change(pipeline, **RESERVING | other)
    assert reserved(pipeline) == (0, False)
    change(pipeline, **RESERVING)
    assert reserved(pipeline) == (1, True)


@pytest.mark.on_servers
def test_settings_that_ask_for_what_they_asked_before_change_no_order(pipeline: Pipeline) -> None:
    begin(pipeline, **RESERVING)
    before = pipeline.order()
    change(pipeline, **RESERVING)
    assert pipeline.order() == before
