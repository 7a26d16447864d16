"""Looking up many orders and products in a few calls."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from gateways.commerce.answers import Entity, sku_key
from gateways.commerce.attempts import EarlierAttemptError
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.shop_orders import ShopOrder, ShopOrders
from schemas.gateway_requests import LookUpOrder, OrderContents, OrderLookup, ProductIdentity, ProductState
from schemas.money import Money
from schemas.order import CommerceOrder, CommerceState
from schemas.status import StockState

LOOK_UP = Purpose("look up orders and products")
_STATES = {"complete": CommerceState.COMPLETE, "closed": CommerceState.COMPLETE, "canceled": CommerceState.CANCELED}


@dataclass(frozen=True, slots=True)
class Catalog:
    """The place to look up products: the website whose stock counts, and the attribute that has the ASIN, if any."""

    website: str
    asin_attribute: str | None = None


def look_up(
    orders: ShopOrders, catalog: Catalog, requests: Sequence[LookUpOrder]
) -> list[OrderLookup | EarlierAttemptError]:
    """Return the answer to each request, or that it is not known yet whether there is an order."""
    client, keys = orders.client, [request.key for request in requests]
    kept = orders.attempts.latest_of(keys)
    shop_orders = orders.find(keys, LOOK_UP, kept)
    skus = {sku for request in requests for sku in request.skus}
    by_asin = skus_by_asin(client, catalog, {asin for request in requests for asin in request.asins}, LOOK_UP)
    products = _products(client, catalog, skus | set(by_asin.values()))
    answers: list[OrderLookup | EarlierAttemptError] = []
    for request in requests:
        order, left = shop_orders.get(request.key), orders.attempts.seconds_left(kept.get(request.key))
        if order is None and request.is_final and left:
            answers.append(EarlierAttemptError(request.key, left))
        else:
            answer = _answer(request, order, products, by_asin)
            answers.append(answer if request.key in kept else replace(answer, is_untried=True))
    return answers


def commerce_order(order: Entity) -> CommerceOrder:
    """Return an order as the port has it."""
    state = str(order.get("state") or "")
    status = str(order.get("status") or state or "processing")
    return CommerceOrder(number=str(order["increment_id"]), status=status, state=_STATES.get(state, CommerceState.OPEN))


def contents_of(order: Entity) -> OrderContents | None:
    """Return the contents of an order as created, None unless it is all ours: an item has no Amazon item, or two."""
    quantities: dict[str, int] = {}
    for item in order.get("items") or ():
        item_id = str(item.get("ext_order_item_id") or "")
        if not item_id or "," in item_id:
            return None
        quantities[item_id] = int(item.get("qty_ordered") or 0)
    if order.get("grand_total") is None or not order.get("order_currency_code"):
        return None
    return OrderContents(quantities, Money(currency=order["order_currency_code"], amount=order["grand_total"]))


def skus_by_asin(client: CommerceClient, catalog: Catalog, asins: Collection[str], purpose: Purpose) -> dict[str, str]:
    """Return the SKUs of the products that have these ASINs, by ASIN; none in a shop without an attribute for them."""
    if not catalog.asin_attribute or not asins:
        return {}
    products = client.products_with(catalog.asin_attribute, asins, purpose)
    return {
        asin: str(p["sku"]) for p in products if (asin := attribute_of(p, catalog.asin_attribute)) in asins and asin
    }


def attribute_of(product: Entity, code: str) -> str | None:
    """Return the value of a product's attribute, if it is a text."""
    values = {a.get("attribute_code"): a.get("value") for a in product.get("custom_attributes") or ()}
    value = values.get(code)
    return value if isinstance(value, str) else None


def identity_of(product: Entity) -> ProductIdentity:
    """Return the id and the type of a product."""
    return ProductIdentity(int(product["id"]), str(product.get("type_id") or "simple"))


@dataclass(frozen=True, slots=True)
class _Product:
    sku: str
    enabled: bool
    salable: int | None
    is_salable: bool
    identity: ProductIdentity


def _products(client: CommerceClient, catalog: Catalog, skus: Collection[str]) -> dict[str, _Product]:
    """Return the products that exist, by `sku_key`."""
    if not skus:
        return {}
    products = {sku_key(product["sku"]): product for product in client.products(skus, LOOK_UP)}
    own = [str(product["sku"]) for product in products.values()]
    stock = {sku_key(entry["sku"]): entry for entry in client.salable(own, catalog.website, LOOK_UP)} if own else {}
    return {name: _product(product, stock.get(name)) for name, product in products.items()}


def _product(product: Entity, stock: Entity | None) -> _Product:
    """A product that no source has is absent from the stock; salable with quantity 0 its stock is not managed."""
    sku, enabled = str(product["sku"]), product.get("status") == 1
    if stock is None:
        return _Product(sku, enabled, 0, is_salable=False, identity=identity_of(product))
    quantity, is_salable = int(stock.get("qty") or 0), bool(stock.get("is_salable"))
    salable = None if is_salable and quantity <= 0 else quantity
    return _Product(sku, enabled, salable, is_salable, identity_of(product))


def _answer(
    request: LookUpOrder, order: ShopOrder | None, products: Mapping[str, _Product], by_asin: Mapping[str, str]
) -> OrderLookup:
    known_asins = {asin: by_asin[asin] for asin in request.asins if asin in by_asin}
    skus = sorted({*request.skus, *known_asins.values()})
    existing = {sku: product for sku in skus if (product := products.get(sku_key(sku)))}
    states = {sku: _state(product, request.quantities.get(sku, 1)) for sku, product in existing.items()}
    if order is None:
        return OrderLookup(None, states, known_asins)
    return OrderLookup(
        commerce_order(order.entity),
        states,
        known_asins,
        contents_of(order.entity),
        is_placed_only=order.is_placed_only,
        address_stamp=order.attempt.address_stamp if order.attempt else None,
    )


def _state(product: _Product, quantity: int) -> ProductState:
    """Return the state of a product, by the SKU that it has in Commerce: changes are reported by that one."""
    if product.salable is None:
        return ProductState(product.sku, product.enabled, StockState.NOT_MANAGED, identity=product.identity)
    stock = StockState.IN_STOCK if product.is_salable and product.salable >= quantity else StockState.OUT_OF_STOCK
    return ProductState(product.sku, product.enabled, stock, product.salable, product.identity)
