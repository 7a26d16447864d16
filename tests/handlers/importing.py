"""Shared by the tests of imports: the request event, an order of two lines, and the request to create an order."""

from typing import Any

from handlers.import_order import ask
from schemas.gateway_requests import CreateOrder, ProductState
from schemas.order import Order
from schemas.payloads import ImportRequested
from schemas.status import ImportState
from schemas.store import Store
from tests.builders import (
    KEY,
    a_product,
    an_item,
    changed,
    looked_up,
    order_context,
    placed,
)
from tests.handlers.world import World

REQUESTED = ImportRequested(**KEY)


def creation(order: Order, *products: ProductState, store: Store | None = None, **more: Any) -> CreateOrder:
    """Return the request to create an order with these products."""
    request = ask(order_context(order, store, **more), REQUESTED, (looked_up(*(products or (a_product(),))),))
    assert isinstance(request, CreateOrder)
    return request


def two_lines(**facts: Any) -> Order:
    """Return an importable order of two lines; *facts* are the second one's."""
    world = World()
    world.publish(placed(items=(an_item(1), an_item(2, **facts))), changed("Unshipped", 1))
    return world.order().model_copy(update={"blockers": (), "import_state": ImportState.REQUESTED})
