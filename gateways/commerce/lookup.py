"""Looking up many orders and products in a few calls."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateways.commerce.answers import Entity
from gateways.commerce.client import CommerceClient, Purpose
from schemas.gateway_requests import LookUpOrder, OrderContents, OrderLookup, ProductState
from schemas.money import Money
from schemas.order import CommerceOrder, CommerceState, OrderKey
from schemas.status import StockState

LOOK_UP = Purpose("look up orders and products")
EDITS = 10
"""Times that an order may have been replaced by an edited one."""

_STATES = {"complete": CommerceState.COMPLETE, "closed": CommerceState.COMPLETE, "canceled": CommerceState.CANCELED}


@dataclass(frozen=True, slots=True)
class Catalog:
    """The place to look up products: the website whose stock counts, and the attribute that has the ASIN, if any."""

    website: str
    asin_attribute: str | None = None


def look_up(client: CommerceClient, catalog: Catalog, requests: Sequence[LookUpOrder]) -> list[OrderLookup]:
    """Return the answer to each request."""
    orders = orders_of(client, [request.key for request in requests])
    skus = {sku for request in requests for sku in request.skus}
    by_asin = _skus_by_asin(client, catalog, {asin for request in requests for asin in request.asins})
    products = _products(client, catalog, skus | set(by_asin.values()))
    return [_answer(request, orders.get(request.key), products, by_asin) for request in requests]


def orders_of(client: CommerceClient, keys: Iterable[OrderKey], purpose: Purpose = LOOK_UP) -> dict[OrderKey, Entity]:
    """Return the Commerce orders of Amazon orders. Of one that was edited in the admin, the order that replaced it."""
    by_id: dict[str, Entity] = {}
    for order in client.orders("ext_order_id", {order_id for _, order_id in keys}, purpose):
        current = _current(client, order, purpose)
        known = by_id.get(str(order["ext_order_id"]))
        if known is None or known.get("state") == "canceled":
            by_id[str(order["ext_order_id"])] = current
    return {key: by_id[key[1]] for key in keys if key[1] in by_id}


def _current(client: CommerceClient, order: Entity, purpose: Purpose) -> Entity:
    """Follow the edits of an order: each cancels the one before, which is no cancellation."""
    for _ in range(EDITS):
        successor = order.get("relation_child_id")
        if order.get("state") != "canceled" or not successor:
            break
        order = client.order(int(successor), purpose)
    return order


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
    total = Decimal(str(order["grand_total"]))
    return OrderContents(quantities, Money(currency=str(order["order_currency_code"]), amount=total))


def _skus_by_asin(client: CommerceClient, catalog: Catalog, asins: Collection[str]) -> dict[str, str]:
    if not catalog.asin_attribute or not asins:
        return {}
    found = client.products_with(catalog.asin_attribute, asins, LOOK_UP)
    return {asin: str(p["sku"]) for p in found if (asin := attribute_of(p, catalog.asin_attribute)) in asins and asin}


def attribute_of(product: Entity, code: str) -> str | None:
    """Return the value of a product's attribute, if it is a text."""
    values = {a.get("attribute_code"): a.get("value") for a in product.get("custom_attributes") or ()}
    value = values.get(code)
    return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class _Product:
    enabled: bool
    salable: int | None
    is_salable: bool


def _products(client: CommerceClient, catalog: Catalog, skus: Collection[str]) -> dict[str, _Product]:
    if not skus:
        return {}
    # Commerce compares SKUs without regard to case, and answers in its own spelling.
    wanted = {sku.casefold(): sku for sku in skus}
    found = {wanted[name]: p for p in client.products(skus, LOOK_UP) if (name := str(p["sku"]).casefold()) in wanted}
    stock = (
        {str(one["sku"]).casefold(): one for one in client.salable(found, catalog.website, LOOK_UP)} if found else {}
    )
    return {sku: _product(product, stock.get(sku.casefold())) for sku, product in found.items()}


def _product(product: Entity, stock: Entity | None) -> _Product:
    """A product that no source has is absent from the stock; salable with quantity 0 its stock is not managed."""
    enabled = product.get("status") == 1
    if stock is None:
        return _Product(enabled, 0, is_salable=False)
    quantity, is_salable = int(stock.get("qty") or 0), bool(stock.get("is_salable"))
    return _Product(enabled, None if is_salable and quantity <= 0 else quantity, is_salable)


def _answer(
    request: LookUpOrder, order: Entity | None, products: Mapping[str, _Product], by_asin: Mapping[str, str]
) -> OrderLookup:
    known_asins = {asin: by_asin[asin] for asin in request.asins if asin in by_asin}
    skus = sorted({*request.skus, *known_asins.values()})
    states = {sku: _state(sku, products[sku], request.quantities.get(sku, 1)) for sku in skus if sku in products}
    if order is None:
        return OrderLookup(None, states, known_asins)
    return OrderLookup(commerce_order(order), states, known_asins, contents_of(order))


def _state(sku: str, product: _Product, wanted: int) -> ProductState:
    if product.salable is None:
        return ProductState(sku, product.enabled, StockState.NOT_MANAGED)
    stock = StockState.IN_STOCK if product.is_salable and product.salable >= wanted else StockState.OUT_OF_STOCK
    return ProductState(sku, product.enabled, stock, product.salable)
