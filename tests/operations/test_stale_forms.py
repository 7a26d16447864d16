"""Edits of an object that somebody else changed since the person saw it: refused, with the difference."""

from datetime import timedelta, timezone

import pytest

from operations.catalog.lists import list_products
from operations.catalog.product_file import ProductRow
from operations.catalog.products import set_product
from operations.orders.actions import edit_address
from operations.personal_data.looks import list_looks
from operations.publishers import list_publishers, set_publisher
from operations.stale_forms import StaleField, StaleFormError
from operations.store_changes import change_store
from operations.stores import show_store
from schemas.publisher import Publisher
from tests.builders import HOME, ORDER_ID, START, STORE_ID, a_report, placed
from tests.harness import Pipeline


def test_a_store_that_somebody_else_changed_stays_and_the_difference_is_shown(pipeline: Pipeline) -> None:
    context = pipeline.context
    change_store(context, STORE_ID, {"name": "First", "integrated_at": START}, actor="ann")
    with pytest.raises(StaleFormError) as refused:
        change_store(context, STORE_ID, {"name": "Mine"}, actor="bob", seen={"name": "Before", "import_orders": True})
    assert refused.value.fields == (StaleField(field="name", seen="Before", now="First"),)
    assert show_store(context, STORE_ID).name == "First"
    same_instant = START.astimezone(timezone(timedelta(hours=2)))
    change_store(
        context, STORE_ID, {"name": "Mine"}, actor="bob", seen={"name": "First", "integrated_at": same_instant}
    )
    assert show_store(context, STORE_ID).name == "Mine"


def test_a_publisher_that_somebody_else_bound_stays(pipeline: Pipeline) -> None:
    context = pipeline.context
    set_publisher(context, "erp", [STORE_ID], [], actor="ann")
    with pytest.raises(StaleFormError, match="stores"):
        set_publisher(context, "erp", [], [], actor="bob", seen=Publisher(account="erp", stores=("other",)))
    assert list_publishers(context)[0].stores == (STORE_ID,)
    set_publisher(context, "erp", [], [], actor="bob", seen=Publisher(account="erp", stores=(STORE_ID,)))
    assert list_publishers(context)[0].stores == ()


def test_a_product_that_somebody_else_changed_stays(pipeline: Pipeline) -> None:
    context = pipeline.context
    set_product(context, ProductRow(sku="SKU-1", quantity=5), actor="ann")
    with pytest.raises(StaleFormError, match="quantity"):
        set_product(context, ProductRow(sku="SKU-1", quantity=9), actor="bob", seen=ProductRow(sku="SKU-1", quantity=4))
    set_product(context, ProductRow(sku="SKU-1", quantity=9), actor="bob", seen=ProductRow(sku="SKU-1", quantity=5))
    assert [product.quantity for product in list_products(context).rows] == [9]


def test_who_is_shown_the_address_that_somebody_else_entered_is_recorded(pipeline: Pipeline) -> None:
    pipeline.handle(placed(), a_report("Unshipped", shipping_address=HOME))
    with pytest.raises(StaleFormError, match="city"):
        edit_address(pipeline.context, ORDER_ID, None, {"city": "Mine"}, actor="bob", seen={"city": "Before"})
    assert [look.who for look in list_looks(pipeline.context).rows] == ["bob"]
