"""Permitted actions on an order by its state, and the state that follows when it is saved.

The rules are those of Magento\\Sales\\Model\\Order and its State handler.
"""

from gateways.simulator.rest.shop import Entity

ENDED = ("canceled", "complete", "closed")
EPSILON = 0.0001


def left_to_ship(item: Entity) -> float:
    """Return the quantity that can still be shipped."""
    left: float = item["qty_ordered"] - max(item["qty_shipped"], item["qty_refunded"]) - item["qty_canceled"]
    return max(0, left)


def left_to_invoice(item: Entity) -> float:
    """Return the quantity that can still be invoiced."""
    left: float = item["qty_ordered"] - item["qty_invoiced"] - item["qty_canceled"]
    return max(0, left)


def can_invoice(order: Entity) -> bool:
    """Whether an invoice can be created."""
    return order.get("state") not in (*ENDED, "holded") and any(left_to_invoice(item) > 0 for item in order["items"])


def can_ship(order: Entity) -> bool:
    """Whether a shipment can be created."""
    return order.get("state") not in ("canceled", "holded") and any(left_to_ship(item) > 0 for item in order["items"])


def can_cancel(order: Entity) -> bool:
    """Whether the order can be canceled: nothing of it is shipped or paid completely."""
    return order.get("state") not in (*ENDED, "holded") and any(left_to_invoice(item) > 0 for item in order["items"])


def can_refund(order: Entity) -> bool:
    """Whether money was paid that was not refunded."""
    paid = float(order.get("total_paid") or 0) - float(order.get("total_refunded") or 0)
    return order.get("state") not in ("holded", "canceled", "closed") and paid > EPSILON


def update_state(order: Entity) -> None:
    """Move the order on to the state that its quantities and payments imply."""
    state = order.get("state")
    if state in ("canceled", "holded") or can_invoice(order):
        return
    if state in ("processing", "complete") and not can_refund(order) and not can_ship(order):
        _enter(order, "closed")
    elif state == "processing" and not can_ship(order):
        _enter(order, "complete")


def begin_processing(order: Entity) -> None:
    """Leave the state of a new order."""
    if order.get("state") in (None, "new"):
        order["state"], order["status"] = "processing", "processing"


def _enter(order: Entity, state: str) -> None:
    order["state"] = order["status"] = state
