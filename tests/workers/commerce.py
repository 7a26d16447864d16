"""A served shop with orders of Amazon's, and the parts of the intake from Commerce, for a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gateways.simulator.rest import fulfilment
from gateways.simulator.rest.shop import RestShop
from pipeline.liveness import Liveness
from schemas.gateway_requests import OrderCreated
from schemas.status import AmazonStatus
from tests.builders import STORE_ID, an_item, placed
from tests.gateways.commerce.shops import Connected, connected, order
from tests.gateways.simulator.requests import creation, line
from tests.harness import Pipeline
from workers.commerce_changes import CommerceChanges
from workers.commerce_poll import CommercePoll
from workers.process.parts import Parts
from workers.shipment_reader import ShipmentReader

AMAZON_ORDER = "999-0000001-0000001"
KEY = (STORE_ID, AMAZON_ORDER)


@dataclass
class ShopIntake:
    """A shop, and the loops that read it."""

    connected: Connected
    changes: CommerceChanges
    reader: ShipmentReader
    poll: CommercePoll
    parts: Parts

    @property
    def shop(self) -> RestShop:
        """The shop."""
        return self.connected.shop

    def ship(self, order_id: int = 1, **body: Any) -> int:
        """Ship an order in the shop as its staff does; return the shipment's id."""
        return int(fulfilment.ship(self.shop, body, order_id))

    def add_track(self, shipment_id: int, number: str) -> None:
        """Add a tracking number to a shipment."""
        order_id = self.shop.shipments[shipment_id]["order_id"]
        track = {"parent_id": shipment_id, "order_id": order_id, "track_number": number}
        fulfilment.add_track(self.shop, {"entity": track | {"carrier_code": "ups", "title": "UPS"}})

    def waiting(self) -> int:
        """Return how many shipments are to be read."""
        with self.parts.ledger.read() as work:
            return work.changed_shipments.count()


def track(number: str = "1Z-1", carrier: str = "ups") -> dict[str, str]:
    """Return a track as it is added with a shipment."""
    return {"track_number": number, "carrier_code": carrier, "title": "United Parcel Service"}


@contextmanager
def shop_intake(parts: Parts) -> Iterator[ShopIntake]:
    """Serve a shop with one order of three mugs and a tee, created by Crossdock."""
    with connected() as opened:
        request = order(creation(line("MUG", 3, "item-1"), line("TEE", 1, "item-2")))
        (created,) = opened.perform(request)
        assert isinstance(created, OrderCreated), created
        client, changes = opened.gateway.client, CommerceChanges(parts.ledger, parts.bus)
        reader = ShipmentReader(parts.ledger, parts.bus, client, Liveness())
        yield ShopIntake(opened, changes, reader, CommercePoll(parts.ledger, client, changes, 60, Liveness()), parts)


def record_order(pipeline: Pipeline) -> None:
    """Record that order in the ledger."""
    items = (an_item(1, seller_sku="MUG", quantity=3), an_item(2, seller_sku="TEE"))
    pipeline.handle(placed(amazon_order_id=AMAZON_ORDER, status=AmazonStatus.UNSHIPPED, items=items))
