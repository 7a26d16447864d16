"""The calls to Commerce's REST API that Crossdock makes, one method each."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlencode

from gateways.commerce import forms
from gateways.commerce.answers import Entity, items_of, number_of, object_of, order_of, read_as, sku_key, unexpected
from gateways.commerce.queries import Filter, among, path, search
from gateways.http.call import Call, Reply
from gateways.http.client import HttpClient
from schemas.order import OrderKey

ORDER_FIELDS = (
    "entity_id,increment_id,ext_order_id,quote_id,state,status,store_id,grand_total,base_grand_total,customer_email,order_currency_code,total_due,"
    "total_paid,relation_child_id,relation_parent_id,items[item_id,sku,product_id,product_type,qty_ordered,qty_invoiced,qty_shipped,"
    "qty_canceled,qty_refunded,ext_order_item_id]"
)
"""No address and no name: data that is not asked for cannot leak. The mailbox is the anonymous one of Amazon's."""

ADDRESS_FIELDS = (
    "billing_address[entity_id,address_type],"
    "extension_attributes[shipping_assignments[shipping[address[entity_id,address_type]]]]"
)

CART_FIELDS = "is_active,items[sku,qty]"

PRODUCT_FIELDS = "items[id,sku,name,status,type_id,custom_attributes]"

SHIPMENT_FIELDS = (
    "items[entity_id,order_id,store_id,created_at,updated_at,items[order_item_id,qty],"
    "tracks[entity_id,track_number,carrier_code,title,created_at],comments[comment]]"
)

OWN_SHIPMENT = "Recorded by Crossdock: shipped at Amazon"
"""The comment of shipments that Crossdock makes, by which they are known when Commerce reports them."""

PAGE = 100
"""Entities of a page; shops may limit it to 300."""


class Purpose(NamedTuple):
    """The purpose of a call, for messages: the operation and, where it is for one, the order."""

    operation: str
    order: OrderKey | None = None


class Cart(NamedTuple):
    """A cart: whether it can be placed yet, and its quantities by `sku_key`."""

    is_active: bool
    quantities: Mapping[str, float]


class CommerceClient:
    """Commerce's REST API. Every method may raise CallFailedError, and CallRefusedError where Commerce refuses."""

    def __init__(self, http: HttpClient, *, store_in_header: bool = False) -> None:
        """Call over *http*. The service has the store view in a header, other shops in the path."""
        self._http = http
        self._in_header = store_in_header

    def orders(self, field: str, values: Collection[str], purpose: Purpose) -> list[Entity]:
        """Return the orders that have one of these values, without persons."""
        return [
            order_of(order)
            for chosen in among(field, values)
            for order in self._list("orders", purpose, chosen, fields=f"items[{ORDER_FIELDS}]")
        ]

    def order(self, order_id: int, purpose: Purpose) -> Entity:
        """Return one order, without persons."""
        url = f"{path('orders', order_id)}?{search(fields=ORDER_FIELDS)}"
        return order_of(object_of(self._get(purpose, url)))

    def products(self, skus: Collection[str], purpose: Purpose) -> list[Entity]:
        """Return those of the products that exist."""
        return self.products_with("sku", skus, purpose)

    def products_with(self, field: str, values: Collection[str], purpose: Purpose) -> list[Entity]:
        """Return the products that have one of these values of an attribute."""
        return [
            read_as(forms.Product, product, "id", "sku")
            for chosen in among(field, values)
            for product in self._list("products", purpose, chosen, fields=PRODUCT_FIELDS)
        ]

    def products_after(self, sku: str, limit: int, purpose: Purpose) -> list[Entity]:
        """Return the products after a SKU in the shop's order of SKUs, the first for an empty one."""
        following = [Filter("sku", sku, "gt")] if sku else []
        query = search(*following, fields=PRODUCT_FIELDS, page_size=limit, sort="sku")
        products = items_of(self._get(purpose, f"{path('products')}?{query}"))
        return [read_as(forms.Product, product, "id", "sku") for product in products]

    def salable(self, skus: Collection[str], website: str, purpose: Purpose) -> list[Entity]:
        """Return the salable quantities of those products that a source of the website's stock has."""
        resource = f"inventory/export-stock-salable-qty/website/{website}"
        entries = [entry for chosen in among("sku", skus) for entry in self._list(resource, purpose, chosen)]
        return [read_as(forms.Stock, entry, "sku") for entry in entries]

    def source_items(self, skus: Collection[str], purpose: Purpose) -> list[Entity]:
        """Return the sources' stock of products."""
        items = [
            item for chosen in among("sku", skus) for item in self._list("inventory/source-items", purpose, chosen)
        ]
        return [read_as(forms.Stock, item, "sku", "quantity") for item in items]

    def threshold(self, sku: str, purpose: Purpose) -> float:
        """Return how many pieces of a product are kept; needs Magento_CatalogInventory::cataloginventory."""
        stock = object_of(self._get(purpose, path("stockItems", sku)))
        return float(read_as(forms.Stock, stock, "min_qty")["min_qty"])

    def save_product(self, product: Entity, purpose: Purpose) -> None:
        """Create a product, or change its sent fields."""
        self.send(purpose, "POST", path("products"), {"product": product}, repeatable=True)

    def save_source_items(self, items: Iterable[Entity], purpose: Purpose) -> None:
        """Set the sources' stock of products."""
        url = path("inventory", "source-items")
        self.send(purpose, "POST", url, {"sourceItems": list(items)}, repeatable=True)

    def save_order(self, entity: Entity, purpose: Purpose, *, repeatable: bool = False) -> Entity:
        """Create an order as it is sent, or change the one with its `entity_id`.

        A change without comments is *repeatable* at once, and so is an order with a number: that is unique in a shop.
        """
        return order_of(
            object_of(self.send(purpose, "POST", path("orders"), {"entity": entity}, repeatable=repeatable))
        )

    def address_ids(self, order_id: int, purpose: Purpose) -> dict[str, int]:
        """Return the ids of an order's addresses by their type: `billing`, `shipping`."""
        query = urlencode({"fields": ADDRESS_FIELDS})
        reply = self._get(purpose, f"{path('orders', order_id)}?{query}")
        order = read_as(forms.OrderAddresses, object_of(reply))
        assignments = (order.get("extension_attributes") or {}).get("shipping_assignments") or ()
        shipped_to = ((assignment.get("shipping") or {}).get("address") for assignment in assignments)
        addresses = [address for address in (order.get("billing_address"), *shipped_to) if address]
        order_addresses = [read_as(forms.OrderAddress, address, "address_type", "entity_id") for address in addresses]
        return {str(address["address_type"]): int(address["entity_id"]) for address in order_addresses}

    def save_address(self, order_id: int, address: Entity, purpose: Purpose) -> None:
        """Replace the order's address with its `entity_id`."""
        self.send(purpose, "PUT", path("orders", order_id), {"entity": {**address, "parent_id": order_id}})

    def create_cart(self, store_view: str, purpose: Purpose) -> int:
        """Open a cart. One whose answer was lost stays empty."""
        return number_of(self.send(purpose, "POST", "/V1/carts/", None, store_view, repeatable=True))

    def cart(self, cart_id: int, purpose: Purpose) -> Cart | None:
        """Return a cart's items, None if there is no such cart. One that was placed is not active, and empty."""
        url = f"{path('carts', cart_id)}?{urlencode({'fields': CART_FIELDS})}"
        reply = self.send(purpose, "GET", url, None, answers=frozenset({404}))
        if reply.status == 404:
            return None
        cart = read_as(forms.CartForm, object_of(reply), "is_active")
        items = [read_as(forms.CartItem, item, "sku", "qty") for item in cart.get("items") or ()]
        return Cart(bool(cart["is_active"]), {sku_key(item["sku"]): float(item["qty"]) for item in items})

    def add_to_cart(self, cart_id: int, item: Entity, purpose: Purpose) -> None:
        """Add a product to a cart; added again, its quantity grows."""
        self.send(purpose, "POST", path("carts", cart_id, "items"), {"cartItem": {**item, "quote_id": str(cart_id)}})

    def set_shipping(self, cart_id: int, information: Entity, purpose: Purpose) -> float:
        """Set a cart's addresses and shipping method; return how many pieces are in the cart."""
        url, body = path("carts", cart_id, "shipping-information"), {"addressInformation": information}
        answer = object_of(self.send(purpose, "POST", url, body, repeatable=True))
        totals = read_as(forms.ShippingInformation, answer, "totals")["totals"]
        items = read_as(forms.CartForm, totals, "items")["items"]
        return sum(float(read_as(forms.CartItem, item, "qty")["qty"]) for item in items)

    def place(self, cart_id: int, payment_method: str, purpose: Purpose) -> int:
        """Place the order of a cart, once: a cart that was placed is refused."""
        body = {"paymentMethod": {"method": payment_method}}
        return number_of(self.send(purpose, "PUT", path("carts", cart_id, "order"), body))

    def invoice(self, order_id: int, purpose: Purpose) -> None:
        """Invoice all open items, without a mail; an order that is invoiced is refused."""
        self.send(
            purpose, "POST", path("order", order_id, "invoice"), {"capture": True, "notify": False}, repeatable=True
        )

    def ship(self, order_id: int, purpose: Purpose) -> None:
        """Ship all open items, without a mail; an order that is shipped is refused."""
        comment = {"comment": OWN_SHIPMENT, "is_visible_on_front": 0}
        self.send(
            purpose, "POST", path("order", order_id, "ship"), {"notify": False, "comment": comment}, repeatable=True
        )

    def shipments(self, shipment_ids: Collection[int], purpose: Purpose) -> list[Entity]:
        """Return those of these shipments that exist, without persons."""
        shipments = [
            shipment
            for chosen in among("entity_id", [str(shipment_id) for shipment_id in shipment_ids])
            for shipment in self._list("shipments", purpose, chosen, fields=SHIPMENT_FIELDS)
        ]
        return [read_as(forms.Shipment, shipment, "entity_id", "order_id", "created_at") for shipment in shipments]

    def shipment_ids_of(self, order_ids: Collection[int], purpose: Purpose) -> list[int]:
        """Return the ids of the shipments of orders."""
        shipments = [
            shipment
            for chosen in among("order_id", [str(order_id) for order_id in order_ids])
            for shipment in self._list("shipments", purpose, chosen, fields="items[entity_id]")
        ]
        return [int(read_as(forms.Shipment, shipment, "entity_id")["entity_id"]) for shipment in shipments]

    def open_orders(self, purpose: Purpose) -> Iterator[Entity]:
        """Yield the quantities of products in open orders, page by page."""
        states = Filter("state", "new,processing,holded,pending_payment,payment_review", "in")
        fields = "items[entity_id,items[sku,qty_ordered,qty_shipped,qty_canceled,qty_refunded]]"
        for order in self._pages("orders", states, fields, purpose):
            yield read_as(forms.Order, order)

    def changed_since(self, resource: str, since: datetime, fields: str, purpose: Purpose) -> Iterator[Entity]:
        """Yield the entities of a list, such as `shipments`, that were changed since an instant, page by page."""
        changed = Filter("updated_at", since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "gteq")
        yield from self._pages(resource, changed, fields, purpose)

    def _pages(self, resource: str, chosen: Filter, fields: str, purpose: Purpose) -> Iterator[Entity]:
        page, full = 1, True
        while full:
            query = search(chosen, fields=fields, page=page, page_size=PAGE, sort="entity_id")
            entities = items_of(self._get(purpose, f"/V1/{resource}?{query}"))
            yield from entities
            # Beyond the last page Commerce answers with none, or, in some versions, with the last page again.
            page, full = page + 1, len(entities) == PAGE

    def cancel(self, order_id: int, purpose: Purpose) -> None:
        """Request the cancellation. Only the order shows the result: the answer is 200 either way.

        Not repeated at once: Magento 2.4.6 locks no order for it, and two at a time return the stock twice.
        """
        self.send(purpose, "POST", path("orders", order_id, "cancel"), None)

    def country(self, code: str, purpose: Purpose) -> Entity | None:
        """Return a country with its regions, or None."""
        reply = self.send(purpose, "GET", path("directory", "countries", code), None, answers=frozenset({404}))
        return read_as(forms.Country, object_of(reply)) if reply.status == 200 else None

    def first_of(self, resource: str, purpose: Purpose) -> datetime | None:
        """Read the first entity of a list, and return the shop's time, if the answer states it."""
        date = self._get(purpose, f"/V1/{resource}?{search(fields='total_count', page_size=1)}").headers.get("date", "")
        try:
            stated = parsedate_to_datetime(date)
        except ValueError:
            return None
        return stated if stated.tzinfo else None

    @cached_property
    def store_ids(self) -> Mapping[str, int]:
        """The ids of the store views by their codes; they never change."""
        views = self._get(Purpose("look up store views"), path("store", "storeViews")).data
        if not isinstance(views, list):
            raise unexpected()
        store_views = [read_as(forms.StoreView, view, "code", "id") for view in views]
        return {str(view["code"]): int(view["id"]) for view in store_views}

    def _list(self, resource: str, purpose: Purpose, *filters: Filter, fields: str = "") -> list[Entity]:
        return items_of(self._get(purpose, f"/V1/{resource}?{search(*filters, fields=fields)}"))

    def _get(self, purpose: Purpose, url: str) -> Reply:
        return self.send(purpose, "GET", url, None)

    def send(
        self,
        purpose: Purpose,
        method: str,
        url: str,
        body: Any,
        store_view: str = "all",
        answers: frozenset[int] = frozenset(),
        *,
        repeatable: bool = False,
    ) -> Reply:
        """Make a call below the API's version, of Commerce itself or of a module."""
        store_id, order_id = purpose.order or (None, None)
        headers = {"Store": store_view} if self._in_header else {}
        address = url if self._in_header else f"/rest/{store_view}{url}"
        return self._http.call(
            Call(
                purpose.operation,
                method,
                address,
                body,
                headers=headers,
                store_id=store_id,
                order_id=order_id,
                answers=answers,
                repeatable=repeatable,
            )
        )
