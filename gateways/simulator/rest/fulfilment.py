"""Invoices, shipments, tracks and refunds of an order."""

from collections.abc import Sequence
from typing import Any

from gateways.simulator.rest.errors import RestError
from gateways.simulator.rest.order_state import (
    ENDED,
    begin_processing,
    can_invoice,
    can_ship,
    left_to_invoice,
    left_to_ship,
    update_state,
)
from gateways.simulator.rest.orders import find
from gateways.simulator.rest.shop import SOURCE, Entity, RestShop

Quantities = dict[int, float]
"""Quantities by item id."""


def invoice(shop: RestShop, body: Any, order_id: int) -> str:
    """Invoice items, all that are left without `items`; offline methods are paid by that. Returns the id, as text."""
    order, request = find(shop, order_id), body or {}
    chosen = _chosen(order, request.get("items"), {item["item_id"]: left_to_invoice(item) for item in order["items"]})
    problems = (
        [] if any(chosen.values()) else ["The invoice can't be created without products. Add products and try again."]
    )
    if order.get("state") in (*ENDED, "holded"):
        problems.append(f"An invoice cannot be created when an order has a status of {order['status']}")
    elif not can_invoice(order):
        problems.append("The order does not allow an invoice to be created.")
    _refuse("Invoice", problems)
    for item in order["items"]:
        if chosen.get(item["item_id"], 0) > left_to_invoice(item):
            raise RestError(400, 'We found an invalid quantity to invoice item "%1".', [item.get("name", "")])
    for item in order["items"]:
        item["qty_invoiced"] += chosen.get(item["item_id"], 0)
    _count_invoiced(order)
    begin_processing(order)
    return _save(shop, shop.invoices, "invoice", order, {"items": chosen})


def _count_invoiced(order: Entity) -> None:
    """Count the whole total as invoiced with the last item, and the rows' prices before that."""
    if any(left_to_invoice(item) for item in order["items"]):
        total = sum(item["qty_invoiced"] * float(item.get("price") or 0) for item in order["items"])
    else:
        total = float(order.get("grand_total") or 0)
    order["total_invoiced"] = order["base_total_invoiced"] = total
    order["subtotal_invoiced"] = order.get("subtotal", total)
    due = round(float(order.get("grand_total") or 0) - total, 4)
    order |= {"total_paid": total, "base_total_paid": total, "total_due": due, "base_total_due": due}


def ship(shop: RestShop, body: Any, order_id: int) -> str:
    """Ship items, all that are left without `items`; too high a quantity is cut. Returns the id, as text."""
    order, request = find(shop, order_id), body or {}
    left = {item["item_id"]: left_to_ship(item) for item in order["items"]}
    chosen = {k: min(v, left[k]) for k, v in _chosen(order, request.get("items"), left).items()}
    _refuse("Shipment", _shipment_problems(order, chosen, request.get("tracks") or []))
    _deduct(shop, order, chosen, request)
    for item in order["items"]:
        item["qty_shipped"] += chosen.get(item["item_id"], 0)
    begin_processing(order)
    tracks = [_track(shop, order, track) for track in request.get("tracks") or []]
    comments = [request["comment"]] if request.get("comment") else []
    return _save(shop, shop.shipments, "shipment", order, _shipment(order, chosen, tracks) | {"comments": comments})


def _shipment_problems(order: Entity, chosen: Quantities, tracks: Sequence[Entity]) -> list[str]:
    problems = []
    if order.get("state") in ("canceled", "holded"):
        problems.append(f"A shipment cannot be created when an order has a status of {order['status']}")
    elif not can_ship(order):
        problems.append("The order does not allow a shipment to be created.")
    if not any(chosen.values()) and order.get("state") != "holded":
        problems.append("You can't create a shipment without products.")
    return problems + ["Please enter a tracking number." for track in tracks if not track.get("track_number")]


def _deduct(shop: RestShop, order: Entity, chosen: Quantities, request: Entity) -> None:
    """Take the pieces from the source and release their reservation, whether there was one or not."""
    source = ((request.get("arguments") or {}).get("extension_attributes") or {}).get("source_code", SOURCE)
    moves = []
    for item in order["items"]:
        product, quantity = shop.product_by_id(item.get("product_id")), chosen.get(item["item_id"], 0)
        if product and product.managed and product.source and quantity:
            moves.append((product, product.source, quantity))
    if source != SOURCE or any(source_item.quantity < quantity for _, source_item, quantity in moves):
        raise RestError(400, "Could not save a shipment, see error log for details")
    for product, source_item, quantity in moves:
        source_item.quantity -= quantity
        shop.reserve(product.sku, quantity, "shipment_created")


def _shipment(order: Entity, chosen: Quantities, tracks: list[Entity]) -> Entity:
    items = [
        {key: item[key] for key in ("name", "price", "product_id", "sku") if key in item}
        | {"order_item_id": item["item_id"], "qty": chosen[item["item_id"]]}
        for item in order["items"]
        if chosen.get(item["item_id"])
    ]
    shipment = {"items": items, "tracks": tracks, "comments": [], "packages": [], "total_qty": sum(chosen.values())}
    return shipment | {"extension_attributes": {"source_code": SOURCE}}


def add_track(shop: RestShop, body: Any) -> Entity:
    """Add a track to a shipment, whose `updated_at` stays as it was."""
    entity = body["entity"]
    shipment = shop.shipments.get(entity.get("parent_id"))
    if shipment is None:
        raise RestError(400, "Could not save the shipment tracking.")
    track = _track(shop, find(shop, shipment["order_id"]), entity) | {"parent_id": shipment["entity_id"]}
    shipment["tracks"].append(track)
    return track


def _track(shop: RestShop, order: Entity, track: Entity) -> Entity:
    own = {
        "order_id": order["entity_id"],
        "entity_id": shop.next("track"),
        "created_at": shop.now(),
        "updated_at": shop.now(),
    }
    return {"weight": None, "qty": None, "description": None, **track, **own}


def refund(shop: RestShop, body: Any, order_id: int) -> str:
    """Refund items, all that are invoiced without `items`; release those not shipped. Returns the id, as text."""
    order, request = find(shop, order_id), body or {}
    paid = float(order.get("total_paid") or 0) - float(order.get("total_refunded") or 0)
    _refuse("Creditmemo", [] if paid > 0 else ["The most money available to refund is 0."])
    left = {item["item_id"]: item["qty_invoiced"] - item["qty_refunded"] for item in order["items"]}
    chosen = _chosen(order, request.get("items"), left)
    for item in order["items"]:
        quantity = chosen.get(item["item_id"], 0)
        shop.reserve(item.get("sku", ""), min(quantity, left_to_ship(item)), "creditmemo_created")
        item["qty_refunded"] += quantity
    order["total_refunded"] = order["base_total_refunded"] = paid + float(order.get("total_refunded") or 0)
    return _save(shop, shop.refunds, "creditmemo", order, {"items": chosen})


def _chosen(order: Entity, items: Sequence[Entity] | None, left: Quantities) -> Quantities:
    """Return the quantities that a request names, else all that are left. Items of other orders are left out."""
    if not items:
        return left
    item_ids = {item["item_id"] for item in order["items"]}
    return {item["order_item_id"]: item["qty"] for item in items if item.get("order_item_id") in item_ids}


def _refuse(document: str, problems: Sequence[str]) -> None:
    if problems:
        raise RestError(400, "\n".join([f"{document} Document Validation Error(s):", *problems]))


def _save(shop: RestShop, kept: dict[int, Entity], sequence: str, order: Entity, document: Entity) -> str:
    entity_id = shop.next(sequence)
    stamps = {"created_at": shop.now(), "updated_at": shop.now()}
    own = {"entity_id": entity_id, "increment_id": f"{entity_id:09}", "order_id": order["entity_id"]}
    kept[entity_id] = document | own | stamps | {"store_id": order.get("store_id")}
    for track in kept[entity_id].get("tracks") or []:
        track["parent_id"] = entity_id
    order["updated_at"] = shop.now()
    update_state(order)
    return str(entity_id)
