"""From listing to product: which product of the Commerce catalog each line of an order is.

The way: the match made by hand (store, seller SKU) → the product whose SKU is the seller SKU → the product with the
line's ASIN. Several listings may be one product.
"""

from collections import Counter

from handlers.decision import OrderContext
from handlers.rules import blockers as blocking
from schemas.blockers import Blocker, BlockerKind
from schemas.gateway_requests import Answer, LookUpOrder, OrderLookup, ProductState
from schemas.line import Line
from schemas.order import Order
from schemas.status import StockState


def look_up(known: OrderContext, order: Order) -> LookUpOrder:
    """Return the question to Commerce: is the order there, and which of its lines' candidates are products."""
    wanted: Counter[str] = Counter()
    for line in order.lines:
        for sku in {known.matches.get(line.seller_sku), line.seller_sku} - {None}:
            wanted[str(sku)] += line.quantity
    asins = sorted({line.asin for line in order.lines if line.asin})
    return LookUpOrder(order.key, known.store.settings.commerce_store_view, tuple(sorted(wanted)), tuple(asins), wanted)


def product_of(known: OrderContext, line: Line, seen: OrderLookup) -> ProductState | None:
    """Return the product a line is, or None when the catalog has none for it."""
    matched = known.matches.get(line.seller_sku)
    if matched:
        return seen.products.get(matched)
    by_asin = seen.by_asin.get(line.asin) if line.asin else None
    return seen.products.get(line.seller_sku) or (seen.products.get(by_asin) if by_asin else None)


def resolve(known: OrderContext, order: Order, seen: OrderLookup) -> dict[str, ProductState]:
    """Return the product of each line that has one, by order item id."""
    found = {line.order_item_id: product_of(known, line, seen) for line in order.lines}
    return {order_item_id: product for order_item_id, product in found.items() if product is not None}


def assign_products(known: OrderContext, order: Order, answers: tuple[Answer, ...]) -> Order:
    """Return the order with the products that its lines turned out to be, where Commerce was asked."""
    seen = answers[0] if answers else None
    if not isinstance(seen, OrderLookup):
        return order
    found = resolve(known, order, seen)
    skus = {order_item_id: product.sku for order_item_id, product in found.items()}
    lines = tuple(line.model_copy(update={"sku": skus.get(line.order_item_id)}) for line in order.lines)
    return order.model_copy(update={"lines": lines})


def product_blockers(known: OrderContext, order: Order, products: dict[str, ProductState]) -> list[Blocker]:
    """Return what is wrong with the products: missing, disabled, out of stock. One line blocks the whole order."""
    found: list[Blocker] = []
    for line in order.lines:
        product = products.get(line.order_item_id)
        if product is None:
            found.append(blocking.product_missing(order, line, known.matches.get(line.seller_sku)))
        elif not product.enabled:
            found.append(blocking.product_disabled(order, line, product.sku))
        elif known.store.settings.inventory_management and exceeds_stock(order, product, products):
            found.append(blocking.out_of_stock(order, line, product.sku, product.salable))
    return _once(found)


def _once(found: list[Blocker]) -> list[Blocker]:
    """Return each cause once: lines that share it may be listed differently, and any listing's change may end it."""
    causes: dict[tuple[BlockerKind, str], Blocker] = {}
    for blocker in found:
        same = causes.get((blocker.kind, blocker.key), blocker)
        wake_keys = tuple(sorted({*same.wake_keys, *blocker.wake_keys}))
        causes[blocker.kind, blocker.key] = same.model_copy(update={"wake_keys": wake_keys})
    return list(causes.values())


def exceeds_stock(order: Order, product: ProductState, products: dict[str, ProductState]) -> bool:
    """Tell whether fewer pieces are salable than all lines of this product want together."""
    if product.stock is StockState.NOT_MANAGED or product.salable is None:
        return product.stock is StockState.OUT_OF_STOCK
    lines = [line for line in order.lines if line.order_item_id in products]
    wanted = sum(line.quantity for line in lines if products[line.order_item_id].sku == product.sku)
    return product.salable < wanted
