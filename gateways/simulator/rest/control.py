"""The simulated shop's own addresses below `/control/`: its books, its traffic, and parcels that its staff ship.

They are no part of Commerce's API, need no credentials, and meet no trouble.
"""

import json
from collections import Counter
from typing import Any

from gateways.simulator.rest import fulfilment
from gateways.simulator.rest.errors import RestError
from gateways.simulator.rest.order_state import ENDED, left_to_ship
from gateways.simulator.rest.shop import Entity, RestShop
from gateways.simulator.traffic import HttpAnswer, HttpRequest, Trouble

CONTROL = "/control/"


def control(shop: RestShop, trouble: Trouble, request: HttpRequest) -> HttpAnswer:
    """Answer a request below `/control/`."""
    try:
        match request.method, request.target.removeprefix(CONTROL):
            case "GET", "books":
                return HttpAnswer(200, json.dumps(books_of(shop)).encode())
            case "GET", "traffic":
                facts = {"orders": len(shop.orders), "calls": trouble.answered, "seconds": trouble.seconds}
                return HttpAnswer(200, json.dumps(facts).encode())
            case "POST", "ship":
                return HttpAnswer(200, json.dumps(_ship(shop, json.loads(request.body))).encode())
        raise RestError(404, "Request does not match any route.")
    except RestError as error:
        return HttpAnswer(error.status, error.body())


def books_of(shop: RestShop) -> Entity:
    """Return the orders, and by SKU the pieces that are reserved without an open order, or are not though there is one.

    An order that was shipped at Amazon is in the books as any other, and has no open pieces.
    """
    return {"orders": [_order(order) for order in shop.orders.values()], "drift": drift_of(shop)}


def drift_of(shop: RestShop) -> dict[str, float]:
    """Return by SKU how many more pieces are reserved than open orders account for; empty when they agree."""
    drift: Counter[str] = Counter()
    for sku, quantity, _ in shop.reservations:
        drift[sku] -= int(quantity)
    for order in shop.orders.values():
        for item in order["items"] if order.get("state") not in ENDED else ():
            drift[str(item.get("sku"))] -= int(left_to_ship(item))
    return {sku: pieces for sku, pieces in drift.items() if pieces and shop.products[sku].managed}


def _order(order: Entity) -> Entity:
    names = ("entity_id", "increment_id", "ext_order_id", "state", "status", "grand_total", "order_currency_code")
    return {name: order.get(name) for name in names}


def _ship(shop: RestShop, parcel: Any) -> Entity:
    """Ship a parcel of the order of an Amazon order: `items` are quantities by Amazon's order item id, all if null.

    The same tracking number again is the same parcel.
    """
    number = parcel["tracking_number"]
    for shipment in shop.shipments.values():
        if any(track.get("track_number") == number for track in shipment["tracks"]):
            return {"shipment_id": str(shipment["entity_id"])}
    orders = list(shop.orders_with(ext_order_id=parcel["amazon_order_id"]))
    if not orders:
        raise RestError(404, "The entity that was requested doesn't exist. Verify the entity and try again.")
    quantities = parcel.get("items")
    items = [
        {"order_item_id": item["item_id"], "qty": quantities[item.get("ext_order_item_id")]}
        for item in orders[0]["items"]
        if quantities and item.get("ext_order_item_id") in quantities
    ]
    track = {"carrier_code": parcel["carrier_code"], "title": parcel["carrier_code"], "track_number": number}
    return {"shipment_id": fulfilment.ship(shop, {"items": items, "tracks": [track]}, orders[0]["entity_id"])}
