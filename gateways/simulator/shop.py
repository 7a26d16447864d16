"""The rules of the simulated Commerce, applied to one batch of requests on orders and products in memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateways.simulator.address_check import address_refusal
from gateways.simulator.catalog import product_state
from gateways.simulator.shop_orders import ShopOrder, new_order, quantities_by_sku
from schemas.blockers import BlockerKind, Cause
from schemas.gateway_requests import (
    Accepted,
    Answer,
    CancelCommerceOrder,
    ChangeAddress,
    CompleteOrder,
    CreateOrder,
    LookUpOrder,
    OrderCreated,
    OrderLookup,
    RequestRefused,
    ReserveStock,
)
from schemas.order import CommerceOrder, CommerceState, OrderKey
from schemas.product import Product

CommerceRequest = LookUpOrder | CreateOrder | CompleteOrder | CancelCommerceOrder | ChangeAddress | ReserveStock
RefusalCause = tuple[str, Cause]


@dataclass(slots=True)
class Shop:
    """The orders and products of a batch. `changed_orders` and `changed_skus` must be written afterwards."""

    orders: dict[OrderKey, ShopOrder]
    products: dict[str, Product]
    asins: dict[str, str]
    last_number: int
    changed_orders: set[OrderKey] = field(default_factory=set)
    changed_skus: set[str] = field(default_factory=set)

    def put(self, order: ShopOrder) -> None:
        """Add or replace an order."""
        self.orders[order.key] = order
        self.changed_orders.add(order.key)

    def take_number(self) -> str:
        """Return the next number of the shop's own sequence, "000000001" first."""
        self.last_number += 1
        return f"{self.last_number:09}"

    def move(self, quantities: Mapping[str, int], reserved: int = 0, on_hand: int = 0) -> None:
        """Add the quantities by SKU, times *reserved* and *on_hand* (1, 0 or -1), to the stock reserved and on hand.

        Stock that is not managed has no quantity on hand.
        """
        for sku, count in quantities.items():
            product = self.products[sku]
            quantity = product.quantity + on_hand * count if product.managed else product.quantity
            update = {"quantity": quantity, "reserved": product.reserved + reserved * count}
            self.products[sku] = product.model_copy(update=update)
            self.changed_skus.add(sku)


def reply(shop: Shop, request: CommerceRequest) -> Answer:
    """Return the answer to one request, and change the shop accordingly."""
    match request:
        case LookUpOrder():
            return _look_up(shop, request)
        case CreateOrder():
            return _create(shop, request)
        case CompleteOrder():
            return _complete(shop, request)
        case CancelCommerceOrder():
            return _cancel(shop, request)
        case ChangeAddress():
            return _change_address(shop, request)
        case ReserveStock():
            return _reserve(shop, request)


def _look_up(shop: Shop, request: LookUpOrder) -> OrderLookup:
    order = shop.orders.get(request.key)
    by_asin = {asin: shop.asins[asin] for asin in request.asins if asin in shop.asins}
    reserved = order.held if order else {}
    products = {
        sku: product_state(shop.products[sku], request.quantities.get(sku, 1), reserved.get(sku, 0))
        for sku in sorted({*request.skus, *by_asin.values()})
        if sku in shop.products
    }
    if order is None:
        return OrderLookup(None, products, by_asin)
    return OrderLookup(order.commerce_order, products, by_asin, order.contents)


def _create(shop: Shop, request: CreateOrder) -> OrderCreated | RequestRefused:
    before = shop.orders.get(request.key)
    if before is not None and before.commerce_order is not None:
        shop.put(before.model_copy(update={"asked": before.asked + 1}))
        return OrderCreated(before.commerce_order, adopted=True, contents=before.contents)
    released = before.held if before else {}
    if refusals := [*_product_refusals(shop, request, released), *_address_refusals(request)]:
        reasons = "; ".join(reason for reason, _ in refusals)
        return RequestRefused(f"Cannot create sales order: {reasons}", tuple(cause for _, cause in refusals))
    reserved = dict(quantities_by_sku(request.lines)) if request.reserve else {}
    shop.move(released, reserved=-1)
    shop.move(reserved, reserved=1)
    number = request.number or shop.take_number()
    created = new_order(request, number, reserved)
    shop.put(created)
    commerce_order = CommerceOrder(number=number, status=created.status, state=created.state)
    return OrderCreated(commerce_order, contents=created.contents)


def _product_refusals(shop: Shop, request: CreateOrder, reserved: Mapping[str, int]) -> Iterator[RefusalCause]:
    for sku, count in quantities_by_sku(request.lines).items():
        product = shop.products.get(sku)
        if product is None:
            yield f'Product "{sku}" is not in the catalog', Cause(kind=BlockerKind.PRODUCT_MISSING, key=sku)
            continue
        if not product.enabled:
            yield f'Product "{sku}" is disabled', Cause(kind=BlockerKind.PRODUCT_DISABLED, key=sku)
        if request.settings.inventory_management and _is_short(product, count - reserved.get(sku, 0)):
            yield f'Product "{sku}" in order is not salable', Cause(kind=BlockerKind.OUT_OF_STOCK, key=sku)


def _is_short(product: Product, quantity: int) -> bool:
    return product.salable is not None and product.salable < quantity


def _address_refusals(request: CreateOrder) -> Iterator[RefusalCause]:
    reason = None if request.complete else address_refusal(request.personal)
    if reason is not None:
        yield reason, Cause(kind=BlockerKind.ADDRESS, key=request.key[1])


def _complete(shop: Shop, request: CompleteOrder) -> Accepted | RequestRefused:
    order = shop.orders.get(request.key)
    if order is None or order.number != request.number:
        return _unknown(request.number)
    if order.state is CommerceState.CANCELED:
        return RequestRefused(f"Commerce order {order.number} is canceled and cannot be completed")
    if order.state is CommerceState.OPEN:
        shop.move(order.held, reserved=-1)
        shop.move(order.quantities, on_hand=-1)
        shop.put(_ended(order, CommerceState.COMPLETE, "complete"))
    return Accepted(f"Commerce order {order.number} is complete", status="complete")


def _cancel(shop: Shop, request: CancelCommerceOrder) -> Accepted | RequestRefused:
    order = shop.orders.get(request.key) or ShopOrder(store_id=request.key[0], amazon_order_id=request.key[1])
    if request.number is None and order.number is not None:
        return Accepted(f"Commerce order {order.number} exists and keeps what is reserved for it")
    if order.number != request.number:
        return _unknown(request.number)
    if order.state is CommerceState.COMPLETE:
        return RequestRefused(f"Commerce order {order.number} is complete and cannot be canceled")
    shop.move(order.held, reserved=-1)
    shop.put(_ended(order, CommerceState.CANCELED, "canceled"))
    what = "The reservation is released" if order.number is None else f"Commerce order {order.number} is canceled"
    return Accepted(what, status=None if order.number is None else "canceled")


def _change_address(shop: Shop, request: ChangeAddress) -> Accepted | RequestRefused:
    order = shop.orders.get(request.key)
    if order is None or order.number != request.number:
        return _unknown(request.number)
    if not order.is_open:
        return RequestRefused(f"it is {order.status}")
    if reason := address_refusal(request.personal):
        return RequestRefused(reason)
    shop.put(order.model_copy(update={"address_changes": order.address_changes + 1}))
    return Accepted(f"Commerce order {order.number} has the address")


def _reserve(shop: Shop, request: ReserveStock) -> Accepted | RequestRefused:
    order = shop.orders.get(request.key) or ShopOrder(store_id=request.key[0], amazon_order_id=request.key[1])
    if order.number is not None or order.state is CommerceState.CANCELED:
        return Accepted("Nothing is left to be reserved")
    if missing := sorted(sku for sku in request.quantities if sku not in shop.products):
        causes = tuple(Cause(kind=BlockerKind.PRODUCT_MISSING, key=sku) for sku in missing)
        return RequestRefused(f"Cannot reserve stock: {', '.join(missing)} not in the catalog", causes)
    shop.move(order.held, reserved=-1)
    shop.move(request.quantities, reserved=1)
    shop.put(order.model_copy(update={"held": dict(request.quantities)}))
    return Accepted("Stock is reserved")


def _ended(order: ShopOrder, state: CommerceState, status: str) -> ShopOrder:
    return order.model_copy(update={"state": state, "status": status, "held": {}})


def _unknown(number: str | None) -> RequestRefused:
    return RequestRefused(f"Commerce has no order {number} for this Amazon order")
