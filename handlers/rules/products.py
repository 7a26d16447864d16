"""From listing to product: which product of the Commerce catalog each line of an order is.

The way: the match made by hand (store, seller SKU) → the product whose SKU is the seller SKU → the product with the
line's ASIN. Several listings may be one product.
"""

from collections import Counter

from handlers.decision import Known
from handlers.rules import blockers as blocking
from schemas.blockers import Blocker, BlockerKind
from schemas.gateway_requests import Answer, LookUpOrder, OrderLookedUp, ProductSeen
from schemas.line import Line
from schemas.order import Order
from schemas.status import StockState


def look_up(known: Known, order: Order) -> LookUpOrder:
    """Return the question to Commerce: is the order there, and which of its lines' candidates are products."""
    wanted: Counter[str] = Counter()
    for line in order.lines:
        for sku in {known.matches.get(line.seller_sku), line.seller_sku} - {None}:
            wanted[str(sku)] += line.quantity
    asins = sorted({line.asin for line in order.lines if line.asin})
    return LookUpOrder(order.key, known.store.settings.commerce_store_view, tuple(sorted(wanted)), tuple(asins), wanted)


def product_of(known: Known, line: Line, seen: OrderLookedUp) -> ProductSeen | None:
    """Return the product a line is, or None when the catalog has none for it."""
    matched = known.matches.get(line.seller_sku)
    if matched:
        return seen.products.get(matched)
    by_asin = seen.by_asin.get(line.asin) if line.asin else None
    return seen.products.get(line.seller_sku) or (seen.products.get(by_asin) if by_asin else None)


def resolve(known: Known, order: Order, seen: OrderLookedUp) -> dict[str, ProductSeen]:
    """Return the product of each line that has one, by order item id."""
    found = {line.order_item_id: product_of(known, line, seen) for line in order.lines}
    return {order_item_id: product for order_item_id, product in found.items() if product is not None}


def identify(known: Known, order: Order, answers: tuple[Answer, ...]) -> Order:
    """Return the order with the products that its lines turned out to be, where Commerce was asked."""
    seen = answers[0] if answers else None
    if not isinstance(seen, OrderLookedUp):
        return order
    found = resolve(known, order, seen)
    skus = {order_item_id: product.sku for order_item_id, product in found.items()}
    lines = tuple(line.model_copy(update={"sku": skus.get(line.order_item_id)}) for line in order.lines)
    return order.model_copy(update={"lines": lines})


def blockers(known: Known, order: Order, products: dict[str, ProductSeen]) -> list[Blocker]:
    """Return what is wrong with the products: missing, disabled, out of stock. One line blocks the whole order."""
    found: list[Blocker] = []
    for line in order.lines:
        product = products.get(line.order_item_id)
        if product is None:
            found.append(blocking.product_missing(order, line, known.matches.get(line.seller_sku)))
        elif not product.enabled:
            found.append(blocking.product_disabled(order, line, product.sku))
        elif known.store.settings.inventory_management and is_short(order, product, products):
            found.append(blocking.out_of_stock(order, line, product.sku, product.salable))
    return _once(found)


def _once(found: list[Blocker]) -> list[Blocker]:
    """Return each cause once: lines that share it may be listed differently, and any listing's change may end it."""
    causes: dict[tuple[BlockerKind, str], Blocker] = {}
    for blocker in found:
        same = causes.get((blocker.kind, blocker.key), blocker)
        wakes_on = tuple(sorted({*same.wakes_on, *blocker.wakes_on}))
        causes[blocker.kind, blocker.key] = same.model_copy(update={"wakes_on": wakes_on})
    return list(causes.values())


def is_short(order: Order, product: ProductSeen, products: dict[str, ProductSeen]) -> bool:
    """Tell whether fewer pieces are salable than all lines of this product want together."""
    if product.stock is StockState.NOT_MANAGED or product.salable is None:
        return product.stock is StockState.OUT_OF_STOCK
    lines = [line for line in order.lines if line.order_item_id in products]
    wanted = sum(line.quantity for line in lines if products[line.order_item_id].sku == product.sku)
    return product.salable < wanted
