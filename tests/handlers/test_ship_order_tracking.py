"""Parcels without a tracking number, such as letters: refused, or confirmed to Amazon where the store allows it."""

import pytest

from handlers.confirm_shipment import ask
from handlers.confirm_shipment import decide as confirm
from handlers.ship_order import decide
from schemas.payloads import ShipmentConfirmationRequested
from schemas.product import Product
from tests.builders import KEY, a_report, a_store, an_imported_order, order_context, placed, shipped
from tests.handlers.world import World


@pytest.mark.parametrize("number", [None, "", "  "])
def test_a_parcel_without_tracking_number_is_refused_unless_the_store_allows_it(number: str | None) -> None:
    parcel, order = shipped(tracking_number=number), an_imported_order()
    refused = decide(order_context(order), parcel)
    assert refused.order is None
    assert "has no tracking number" in str(refused.rejection)
    assert "require_tracking" in str(refused.rejection)
    allowed = decide(order_context(order, a_store(require_tracking=False)), parcel)
    assert allowed.rejection is None
    assert [type(event) for event in allowed.follow_ups][-1] is ShipmentConfirmationRequested


def test_amazon_gets_a_parcel_without_tracking_number_and_later_its_number() -> None:
    world = World(store=a_store(require_tracking=False))
    world.stock(Product(sku="SKU-1", name="Product", quantity=9))
    world.gateways.amazon.place([placed()])
    world.publish(a_report("Unshipped"), shipped(tracking_number=None))
    assert list(world.confirmed) == ["parcel-1"]
    world.publish(shipped(minutes=65))
    assert world.order().parcels[0].tracking_number == "TRACK-parcel-1"


def test_a_parcel_that_the_settings_refuse_by_now_is_not_confirmed() -> None:
    allowing = a_store(require_tracking=False)
    shipped_order = decide(order_context(an_imported_order(), allowing), shipped(tracking_number=None)).order
    assert shipped_order is not None
    request = ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1")
    assert ask(order_context(shipped_order, allowing), request, ()) is not None
    assert ask(order_context(shipped_order), request, ()) is None
    assert "has no tracking number" in str(confirm(order_context(shipped_order), request, ()).rejection)
