"""Products, stock and countries."""

from collections.abc import Sequence
from typing import Any

from gateways.simulator.countries import COUNTRIES, regions_of
from gateways.simulator.rest.errors import PhpError, RestError
from gateways.simulator.rest.search import Query, search
from gateways.simulator.rest.shop import SOURCE, STOCK_ID, WEBSITE, Entity, RestShop, SourceItem, StockedProduct

PRODUCT_COLUMNS = frozenset({"entity_id", "sku", "name", "status", "price", "created_at", "updated_at", "asin"})
"""Fields by which products can be filtered; `asin` is an attribute that the shop has made."""

SOURCE_COLUMNS = frozenset({"sku", "source_code", "quantity", "status"})
SALABLE_COLUMNS = frozenset({"sku", "name"})

NO_PRODUCT = "The product that was requested doesn't exist. Verify the product and try again."
NO_STOCK = "No linked stock found"


def product_entity(product: StockedProduct) -> Entity:
    """Return a product as the API has it."""
    custom: list[Entity] = [{"attribute_code": code, "value": value} for code, value in product.attributes.items()]
    custom.append({"attribute_code": "category_ids", "value": []})
    return {
        "id": product.product_id, "sku": product.sku, "name": product.name, "attribute_set_id": 4,
        "price": product.price, "status": 1 if product.enabled else 2, "visibility": 4, "type_id": "simple",
        "created_at": product.created_at, "updated_at": product.updated_at,
        "extension_attributes": {"website_ids": [1]}, "product_links": [], "options": [],
        "media_gallery_entries": [], "tier_prices": [], "custom_attributes": custom,
    }  # fmt: skip


def list_products(shop: RestShop, query: Query) -> Entity:
    """Search the catalog."""
    products = [product_entity(product) for product in shop.products.values()]
    flat = [{**entity, **shop.products[entity["sku"]].attributes} for entity in products]
    by_sku = {entity["sku"]: entity for entity in products}
    answer = search(flat, query, PRODUCT_COLUMNS)
    answer["items"] = [
        _only(by_sku[item["sku"]], item) if "sku" in item else item for item in answer.get("items") or []
    ]
    return answer


def _only(entity: Entity, chosen: Entity) -> Entity:
    return {name: value for name, value in entity.items() if name in chosen}


def find_product(shop: RestShop, sku: str) -> Entity:
    """Return a product."""
    if sku not in shop.products:
        raise RestError(404, NO_PRODUCT)
    return product_entity(shop.products[sku])


def save_product(shop: RestShop, body: Any) -> Entity:
    """Create a product, or change the sent fields of the one with the SKU."""
    fields = body["product"]
    sku = fields["sku"]
    product = shop.product(sku)
    if product is None:
        if not fields.get("name"):
            raise RestError(
                400, 'The "%1" attribute value is empty. Set the attribute and try again.', ["Product Name"]
            )
        product = StockedProduct(shop.next("product"), sku, fields["name"])
    product.name, product.price = fields.get("name", product.name), fields.get("price", product.price)
    product.enabled = fields.get("status", 1 if product.enabled else 2) == 1
    for attribute in fields.get("custom_attributes") or []:
        product.attributes[attribute["attribute_code"]] = attribute["value"]
    return product_entity(shop.add_product(product))


def source_items(shop: RestShop) -> Sequence[Entity]:
    """Return the source's stock of each product."""
    return [
        {"sku": p.sku, "source_code": SOURCE, "quantity": p.source.quantity, "status": int(p.source.in_stock)}
        for p in shop.products.values()
        if p.source
    ]


def save_source_items(shop: RestShop, body: Any) -> Sequence[object]:
    """Set the source's stock of products."""
    for item in body["sourceItems"]:
        product = shop.product(item["sku"])
        if product is None:
            raise RestError(400, "Validation Failed", None)
        product.source = SourceItem(item["quantity"], bool(item.get("status", 1)))
    return []


def stock_item(shop: RestShop, sku: str) -> Entity:
    """Return how the stock of a product is managed."""
    find_product(shop, sku)
    product = shop.products[sku]
    quantity = product.source.quantity if product.source else 0
    return {
        "product_id": product.product_id,
        "stock_id": STOCK_ID,
        "qty": quantity,
        "min_qty": product.threshold,
        "manage_stock": product.managed,
        "is_in_stock": bool(product.source and product.source.in_stock),
    }


def resolve_stock(code: str) -> Entity:
    """Return the stock of a website."""
    _check_website(code)
    channel = {"type": "website", "code": code}
    return {"stock_id": STOCK_ID, "name": "Default Stock", "extension_attributes": {"sales_channels": [channel]}}


def export_salable(shop: RestShop, code: str, query: Query) -> Entity:
    """Return the salable quantities of a website's products that a source has."""
    _check_website(code)
    listed = sorted(_salable(shop), key=lambda entity: str(entity["sku"]))
    return search(listed, query, SALABLE_COLUMNS)


def dump_stock(shop: RestShop, code: str) -> Sequence[Entity]:
    """Return the salable quantities of all of a website's products."""
    _check_website(code)
    return _salable(shop)


def _salable(shop: RestShop) -> list[Entity]:
    return [
        {"sku": product.sku, "qty": shop.salable(product), "is_salable": shop.is_salable(product)}
        for product in shop.products.values()
        if product.source
    ]


def salable_quantity(shop: RestShop, sku: str, stock_id: int) -> float:
    """Return a product's salable quantity; an unknown product is a fault in PHP, in 2.4.6."""
    if sku not in shop.products:
        raise PhpError
    if stock_id != STOCK_ID:
        raise RestError(400, "Could not receive Stock Item data")
    return shop.salable(shop.products[sku])


def is_salable(shop: RestShop, sku: str, quantity: float) -> Entity:
    """Return whether so many pieces can be sold, else why not."""
    if sku not in shop.products:
        raise PhpError
    errors = [{"code": code, "message": message} for code, message in _salability(shop, shop.products[sku], quantity)]
    return {"salable": not errors, "errors": errors}


def _salability(shop: RestShop, product: StockedProduct, quantity: float) -> list[tuple[str, str]]:
    if not product.enabled:
        return [
            ("back_order-disabled", "Backorders are disabled"),
            ("manage_stock-enabled", "Manage stock is enabled"),
            ("is_salable_with_reservations-no_data", "The requested sku is not assigned to given stock"),
        ]
    if product.source is None or not product.source.in_stock:
        code = "is_any_source_item_in_stock-no_source_items_in_stock"
        return [(code, "There are no source items with the in stock status")]
    if quantity < 1:
        return [("is_correct_qty-min_sale_qty", "The fewest you may purchase is 1.")]
    if quantity % 1:
        return [("is_correct_qty-is_qty_decimal", "You cannot use decimal quantity for this product.")]
    if product.managed and quantity > shop.salable(product):
        return [("is_salable_with_reservations-not_enough_qty", "The requested qty is not available")]
    return []


def country(country_id: str) -> Entity:
    """Return a country and its regions, whose ids are text here and numbers in addresses."""
    if country_id not in COUNTRIES:
        raise RestError(404, "The country isn't available.")
    regions = [{"id": str(n), "code": code, "name": name} for n, (code, name) in regions_of(country_id).items()]
    return {"id": country_id, "two_letter_abbreviation": country_id} | (
        {"available_regions": regions} if regions else {}
    )


def _check_website(code: str) -> None:
    if code != WEBSITE:
        raise RestError(404, NO_STOCK)
