"""The operations of the API: method and path, the right that they need, and the function that carries them out."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from gateways.simulator.rest import carts, fulfilment, module, orders, stock
from gateways.simulator.rest.errors import RestError, wrong_type
from gateways.simulator.rest.search import Query, projected, search
from gateways.simulator.rest.shop import STORE_VIEWS, Entity, RestShop

SHOW_ORDERS, STOCK, PRODUCTS = (
    "Magento_Sales::actions_view",
    "Magento_InventorySalesApi::stock",
    "Magento_Catalog::products",
)
CREATE, CARTS, SHIPMENTS = "Magento_Sales::create", "Magento_Cart::manage", "Magento_Sales::shipment"

ORDER_COLUMNS = frozenset(
    {
        "entity_id", "increment_id", "ext_order_id", "quote_id", "store_id", "state", "status", "created_at",
        "updated_at", "customer_email",
    }
)  # fmt: skip
SHIPMENT_COLUMNS = frozenset({"entity_id", "increment_id", "order_id", "store_id", "created_at", "updated_at"})


class Asked(NamedTuple):
    """One call of an operation: parts of the path, the query, the body, and the store view."""

    shop: RestShop
    path: Sequence[str]
    query: Query
    body: Any
    store: str

    def number(self, position: int = 0) -> int:
        """Return a part of the path that has to be an id."""
        if not self.path[position].isdigit():
            raise wrong_type(self.path[position], "int")
        return int(self.path[position])


Operation = Callable[[Asked], Any]

ROUTES: tuple[tuple[str, str, str, Operation], ...] = (
    ("GET", "/orders", SHOW_ORDERS, lambda a: search(list(a.shop.orders.values()), a.query, ORDER_COLUMNS)),
    ("POST", "/orders", CREATE, lambda a: orders.save_order(a.shop, a.body)),
    ("PUT", "/orders/create", CREATE, lambda a: orders.save_order(a.shop, a.body)),
    ("GET", "/orders/(.+)", SHOW_ORDERS, lambda a: orders.find(a.shop, a.number())),
    ("PUT", "/orders/([^/]+)", CREATE, lambda a: orders.save_address(a.shop, a.body, a.number())),
    ("POST", "/orders/([^/]+)/cancel", "Magento_Sales::cancel", lambda a: orders.cancel(a.shop, a.number())),
    ("POST", "/orders/([^/]+)/hold", "Magento_Sales::hold", lambda a: orders.hold(a.shop, a.number())),
    ("POST", "/orders/([^/]+)/unhold", "Magento_Sales::unhold", lambda a: orders.unhold(a.shop, a.number())),
    ("POST", "/order/([^/]+)/invoice", "Magento_Sales::invoice", lambda a: fulfilment.invoice(
        a.shop, a.body, a.number())),
    ("POST", "/order/([^/]+)/ship", "Magento_Sales::ship", lambda a: fulfilment.ship(a.shop, a.body, a.number())),
    ("POST", "/order/([^/]+)/refund", "Magento_Sales::creditmemo", lambda a: fulfilment.refund(
        a.shop, a.body, a.number())),
    ("GET", "/shipments", SHIPMENTS, lambda a: search(list(a.shop.shipments.values()), a.query, SHIPMENT_COLUMNS)),
    ("GET", "/shipment/([^/]+)", SHIPMENTS, lambda a: _shipment(a.shop, a.number())),
    ("POST", "/shipment/track", SHIPMENTS, lambda a: fulfilment.add_track(a.shop, a.body)),
    ("POST", "/carts", CARTS, lambda a: carts.create_cart(a.shop, STORE_VIEWS[a.store])),
    ("GET", "/carts/([^/]+)", CARTS, lambda a: projected(carts.show_cart(a.shop, a.number()), a.query)),
    ("POST", "/carts/([^/]+)/items", CARTS, lambda a: carts.add_item(a.shop, a.body, a.number())),
    ("POST", "/carts/([^/]+)/shipping-information", CARTS, lambda a: carts.set_shipping(a.shop, a.body, a.number())),
    ("PUT", "/carts/([^/]+)/order", CARTS, lambda a: carts.place(a.shop, a.body, a.number())),
    ("POST", "/crossdock/orders", CREATE, lambda a: module.create_order(a.shop, a.body)),
    ("GET", "/products", PRODUCTS, lambda a: stock.list_products(a.shop, a.query)),
    ("POST", "/products", PRODUCTS, lambda a: stock.save_product(a.shop, a.body)),
    ("GET", "/products/(.+)", PRODUCTS, lambda a: stock.find_product(a.shop, a.path[0])),
    ("GET", "/inventory/source-items", "Magento_InventoryApi::source", lambda a: search(
        stock.source_items(a.shop), a.query, stock.SOURCE_COLUMNS)),
    ("POST", "/inventory/source-items", "Magento_InventoryApi::source", lambda a: stock.save_source_items(
        a.shop, a.body)),
    ("GET", "/stockItems/(.+)", "Magento_CatalogInventory::cataloginventory", lambda a: stock.stock_item(
        a.shop, a.path[0])),
    ("GET", "/inventory/stock-resolver/website/([^/]+)", STOCK, lambda a: stock.resolve_stock(a.path[0])),
    ("GET", "/inventory/export-stock-salable-qty/website/([^/]+)", STOCK, lambda a: stock.export_salable(
        a.shop, a.path[0], a.query)),
    ("GET", "/inventory/dump-stock-index-data/website/([^/]+)", STOCK, lambda a: stock.dump_stock(a.shop, a.path[0])),
    ("GET", "/inventory/get-product-salable-quantity/(.+)/([^/]+)", STOCK, lambda a: stock.salable_quantity(
        a.shop, a.path[0], a.number(1))),
    ("GET", "/inventory/is-product-salable-for-requested-qty/(.+)/([^/]+)/([^/]+)", STOCK, lambda a: stock.is_salable(
        a.shop, a.path[0], float(a.path[2]))),
    ("GET", "/inventory/are-product-salable-for-requested-qty", STOCK, lambda a: _are_salable(a.shop, dict(a.query))),
    ("GET", "/directory/countries/([^/]+)", "Magento_Backend::store", lambda a: stock.country(a.path[0])),
    ("GET", "/store/storeViews", "Magento_Backend::store", lambda _: _store_views()),
    ("GET", "/store/storeConfigs", "Magento_Backend::store", lambda _: _store_views()),
    ("GET", "/store/websites", "Magento_Backend::store", lambda _: [{"id": 1, "code": "base", "name": "Main Website"}]),
)  # fmt: skip

_COMPILED = [(method, re.compile(path), right, operation) for method, path, right, operation in ROUTES]


class Route(NamedTuple):
    """The operation of a call, the right that it needs, and the parts of the path."""

    operation: Operation
    right: str
    path: Sequence[str]


def find_route(method: str, path: str) -> Route:
    """Return the operation for a method and a path below `/V1`."""
    for verb, pattern, right, operation in _COMPILED:
        if verb == method and (match := pattern.fullmatch(path.rstrip("/"))):
            return Route(operation, right, match.groups())
    raise RestError(404, "Request does not match any route.")


def _shipment(shop: RestShop, shipment_id: int) -> Entity:
    if shipment_id not in shop.shipments:
        raise RestError(404, "The entity that was requested doesn't exist. Verify the entity and try again.")
    return shop.shipments[shipment_id]


def _are_salable(shop: RestShop, values: Mapping[str, str]) -> list[Entity]:
    skus = [name for name in values if name.startswith("skuRequests[") and name.endswith("[sku]")]
    answers = []
    for name in skus:
        quantity = float(values[name.replace("[sku]", "[qty]")])
        answers.append({"sku": values[name], "stock_id": 1} | stock.is_salable(shop, values[name], quantity))
    return answers


def _store_views() -> list[Entity]:
    return [
        {
            "id": store_id,
            "code": code,
            "name": code,
            "website_id": int(store_id > 0),
            "store_group_id": int(store_id > 0),
        }
        for code, store_id in STORE_VIEWS.items()
    ]
