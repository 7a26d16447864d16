"""From listing to product: the product of the Commerce catalog for each line of an order.

In this sequence: the manual match (store, seller SKU), the product whose SKU is the seller SKU, the product with the
line's ASIN. Several listings may have the same product.
"""

from collections import Counter

from handlers.decision import OrderContext
from handlers.rules import blockers as blocking
from schemas.blockers import Blocker, BlockerKind
from schemas.gateway_requests import Answer, LookUpOrder, OrderLookup, ProductState
from schemas.line import Line
from schemas.order import Order
from schemas.status import StockState


def look_up(context: OrderContext, order: Order) -> LookUpOrder:
    """Return the request for the order's Commerce order and for the products that its lines may be."""
    quantities: Counter[str] = Counter()
    for line in order.lines:
        for sku in {context.matches.get(line.seller_sku), line.seller_sku} - {None}:
            quantities[str(sku)] += line.quantity
    asins = sorted({line.asin for line in order.lines if line.asin})
    store_view = context.store.settings.commerce_store_view
    return LookUpOrder(order.key, store_view, tuple(sorted(quantities)), tuple(asins), quantities)


def product_of(context: OrderContext, line: Line, lookup: OrderLookup) -> ProductState | None:
    """Return the product of a line, or None when the catalog has none for it."""
    matched = context.matches.get(line.seller_sku)
    if matched:
        return lookup.products.get(matched)
    by_asin = lookup.by_asin.get(line.asin) if line.asin else None
    return lookup.products.get(line.seller_sku) or (lookup.products.get(by_asin) if by_asin else None)


def resolve(context: OrderContext, order: Order, lookup: OrderLookup) -> dict[str, ProductState]:
    """Return the product of each line that has one, by order item id."""
    products = {line.order_item_id: product_of(context, line, lookup) for line in order.lines}
    return {order_item_id: product for order_item_id, product in products.items() if product is not None}


def assign_products(context: OrderContext, order: Order, answers: tuple[Answer, ...]) -> Order:
    """Return the order with its lines' product SKUs, unchanged when the products were not looked up."""
    lookup = answers[0] if answers else None
    if not isinstance(lookup, OrderLookup):
        return order
    products = resolve(context, order, lookup)
    skus = {order_item_id: product.sku for order_item_id, product in products.items()}
    lines = tuple(line.model_copy(update={"sku": skus.get(line.order_item_id)}) for line in order.lines)
    return order.model_copy(update={"lines": lines})


def product_blockers(context: OrderContext, order: Order, products: dict[str, ProductState]) -> list[Blocker]:
    """Return the blockers among the products: missing, disabled, out of stock. One line blocks the whole order."""
    blockers: list[Blocker] = []
    for line in order.lines:
        product = products.get(line.order_item_id)
        if product is None:
            blockers.append(blocking.product_missing(order, line, context.matches.get(line.seller_sku)))
        elif not product.enabled:
            blockers.append(blocking.product_disabled(order, line, product.sku))
        elif context.store.settings.inventory_management and exceeds_stock(order, product, products):
            blockers.append(blocking.out_of_stock(order, line, product.sku, product.salable))
    return _merged(blockers)


def _merged(blockers: list[Blocker]) -> list[Blocker]:
    """Return one blocker for each cause, with the wake keys of all lines that share it."""
    causes: dict[tuple[BlockerKind, str], Blocker] = {}
    for blocker in blockers:
        same = causes.get((blocker.kind, blocker.key), blocker)
        wake_keys = tuple(sorted({*same.wake_keys, *blocker.wake_keys}))
        causes[blocker.kind, blocker.key] = same.model_copy(update={"wake_keys": wake_keys})
    return list(causes.values())


def exceeds_stock(order: Order, product: ProductState, products: dict[str, ProductState]) -> bool:
    """Whether less is salable than all lines of this product order together."""
    if product.stock is StockState.NOT_MANAGED or product.salable is None:
        return product.stock is StockState.OUT_OF_STOCK
    lines = [line for line in order.lines if line.order_item_id in products]
    ordered = sum(line.quantity for line in lines if products[line.order_item_id].sku == product.sku)
    return product.salable < ordered
