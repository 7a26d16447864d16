"""Completing and canceling a Commerce order: the result is read from the order, never from the answer."""

from gateways.commerce.answers import Entity
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.creation import StockMode
from gateways.commerce.lookup import commerce_order
from gateways.commerce.shop_orders import ShopOrders
from gateways.errors import CallRefusedError
from schemas.gateway_requests import Accepted, CancelCommerceOrder, CompleteOrder, RequestRefused
from schemas.order import CommerceState, OrderKey


def complete(orders: ShopOrders, mode: StockMode, request: CompleteOrder) -> Accepted | RequestRefused:
    """Invoice and ship the open items, one after the other, and return whether the order is complete then."""
    purpose = Purpose("complete the order", request.key)
    order = _find(orders, request.key, request.number, purpose)
    if order is None:
        return _unknown(request.number)
    if commerce_order(order).state is CommerceState.OPEN:
        if mode is StockMode.NONE:
            _end(orders.client, order, "complete", purpose)
        else:
            _invoice_and_ship(orders, order, request, purpose)
        order = _find(orders, request.key, request.number, purpose) or order
    current = commerce_order(order)
    if current.state is CommerceState.COMPLETE:
        return Accepted(f"Commerce order {current.number} is complete", status=current.status)
    return RequestRefused(f"Commerce order {current.number} is {current.status} and cannot be completed")


def cancel(orders: ShopOrders, mode: StockMode, request: CancelCommerceOrder) -> Accepted | RequestRefused:
    """Cancel the order; over REST no stock is reserved without one."""
    purpose = Purpose("cancel the order", request.key)
    order = _find(orders, request.key, request.number, purpose)
    if order is None:
        if request.number is None:
            return Accepted("No stock is reserved without a Commerce order")
        return _unknown(request.number)
    if commerce_order(order).state is CommerceState.OPEN:
        if mode is StockMode.NONE:
            _end(orders.client, order, "canceled", purpose)
        else:
            orders.client.cancel(int(order["entity_id"]), purpose)
        order = _find(orders, request.key, request.number, purpose) or order
    current = commerce_order(order)
    if current.state is CommerceState.CANCELED:
        return Accepted(f"Commerce order {current.number} is canceled", status="canceled")
    return RequestRefused(f"Commerce order {current.number} is {current.status} and cannot be canceled")


def _invoice_and_ship(orders: ShopOrders, order: Entity, request: CompleteOrder, purpose: Purpose) -> None:
    """Make what is missing of both. A refusal counts only if the order still misses it when it is read again.

    An earlier attempt whose answer was lost, or a person, may have made it meanwhile, and the texts of such refusals
    differ by what the order became: complete, closed (one without a total), or neither.
    """
    for done, make in (("qty_invoiced", orders.client.invoice), ("qty_shipped", orders.client.ship)):
        if not _misses(order, done):
            continue
        try:
            make(int(order["entity_id"]), purpose)
        except CallRefusedError:
            order = _find(orders, request.key, request.number, purpose) or order
            if _misses(order, done):
                raise


def _misses(order: Entity, done: str) -> bool:
    return any(still_open(item, done) for item in order["items"])


def still_open(item: Entity, done: str) -> float:
    """Return the quantity of an item that is neither invoiced or shipped, canceled nor refunded."""
    ended = float(item.get("qty_canceled") or 0) + float(item.get(done) or 0)
    return max(0.0, float(item.get("qty_ordered") or 0) - max(ended, float(item.get("qty_refunded") or 0)))


def _end(client: CommerceClient, order: Entity, state: str, purpose: Purpose) -> None:
    """Write the state itself: the calls for it would release stock that was never reserved."""
    total, is_complete = float(order.get("grand_total") or 0), state == "complete"
    repeated = ("entity_id", "increment_id", "store_id", "customer_email", "grand_total", "base_grand_total")
    changes: dict[str, object] = {name: order[name] for name in repeated if order.get(name) is not None}
    changes |= {"state": state, "status": state, "items": [_repeated(item, is_complete) for item in order["items"]]}
    if is_complete:
        paid = ("total_paid", "base_total_paid", "total_invoiced", "base_total_invoiced")
        changes |= dict.fromkeys(paid, total) | dict.fromkeys(("total_due", "base_total_due"), 0)
    client.save_order(changes, purpose, repeatable=True)


def _repeated(item: Entity, is_complete: bool) -> dict[str, object]:
    """Return the fields that an update has to repeat of an item, and all of it as ended if the order is complete."""
    names = ("item_id", "sku", "product_id", "product_type", "qty_ordered")
    kept = {name: item[name] for name in names if item.get(name) is not None}
    return kept | (dict.fromkeys(("qty_shipped", "qty_invoiced"), kept["qty_ordered"]) if is_complete else {})


def _find(orders: ShopOrders, key: OrderKey, number: str | None, purpose: Purpose) -> Entity | None:
    """Return the order with this number, or the one that replaced it; without a number any of the Amazon order's."""
    shop_order = orders.find([key], purpose).get(key)
    return shop_order.entity if shop_order and str(shop_order.entity["increment_id"]).startswith(number or "") else None


def _unknown(number: str) -> RequestRefused:
    return RequestRefused(f"Commerce has no order {number} for this Amazon order")
