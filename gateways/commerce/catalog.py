"""The catalog of a shop, for people: read, and changed where the shop's own admin would change it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Unpack

from gateways.commerce.answers import Entity
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.lookup import Catalog, attribute_of
from gateways.errors import UnknownProductError
from schemas.errors import PermanentError
from schemas.product import Product, ProductFacts

READ, SAVE = Purpose("look up products"), Purpose("save a product")
PAGE = 100
ATTRIBUTE_SET = 4
"""The set "Default" of every shop."""

HIDDEN = 1
"""The visibility "Not Visible Individually": people set prices and texts before a product is shown."""

SOURCE = "default"


class StockSettingError(PermanentError):
    """Whether stock is managed is one of a dozen stock settings of a product, which belong to the shop's admin."""

    def __init__(self, sku: str) -> None:
        """Name the SKU."""
        super().__init__(f"Whether the stock of {sku} is managed is set in Commerce's admin (Advanced Inventory).")


@dataclass(frozen=True, slots=True)
class CommerceCatalog:
    """The products of a shop; see gateways.port.Catalog. Stock is that of the source `default`."""

    client: CommerceClient
    catalog: Catalog

    def save(self, products: Iterable[Product]) -> None:
        """Create products, or change those that exist by SKU; stock is set, reservations stay.

        Raises StockSettingError, before anything is changed.
        """
        listed = list(products)
        existing = self.find([product.sku for product in listed])
        for product in listed:
            before = existing.get(product.sku)
            if product.managed != (before.managed if before else True):
                raise StockSettingError(product.sku)
        for product in listed:
            self.client.save_product(self._entity(product, is_new=product.sku not in existing), SAVE)
        managed = [product for product in listed if product.managed]
        if managed:
            self.client.save_source_items([_source_item(product) for product in managed], SAVE)

    def change(self, sku: str, **facts: Unpack[ProductFacts]) -> Product:
        """Set the given facts and leave the others. Raises UnknownProductError, StockSettingError."""
        existing = self.find([sku])
        if sku not in existing:
            raise UnknownProductError(sku)
        changed = Product.model_validate({**existing[sku].model_dump(), **facts})
        self.save([changed])
        return changed

    def find(self, skus: Collection[str]) -> dict[str, Product]:
        """Return those of the products that exist, by SKU."""
        return {product.sku: product for product in self._with_stock(self.client.products(skus, READ))} if skus else {}

    def products(self) -> list[Product]:
        """Return all products in the order of their SKUs."""
        products: list[Product] = []
        page: list[Entity] = []
        number = 1
        while number == 1 or len(page) == PAGE:
            page = self.client.product_page(number, PAGE, READ)
            products += self._with_stock(page)
            number += 1
        return sorted(products, key=lambda product: product.sku)

    def page(self, limit: int, offset: int = 0) -> list[Product]:
        """Return products in the order of their SKUs, at most *limit* after the first *offset*."""
        first, last = offset // PAGE, (offset + limit - 1) // PAGE
        found: list[Entity] = []
        for number in range(first, last + 1):
            page = self.client.product_page(number + 1, PAGE, READ)
            found += page
            if len(page) < PAGE:
                break
        start = offset - first * PAGE
        return self._with_stock(found[start : start + limit])

    def _with_stock(self, entities: Collection[Entity]) -> list[Product]:
        skus = [str(entity["sku"]) for entity in entities]
        if not skus:
            return []
        on_hand: dict[str, int] = {}
        for item in self.client.source_items(skus, READ):
            on_hand[str(item["sku"])] = on_hand.get(str(item["sku"]), 0) + int(item["quantity"])
        salable = {str(one["sku"]): one for one in self.client.salable(skus, self.catalog.website, READ)}
        return [self._product(e, on_hand.get(str(e["sku"]), 0), salable.get(str(e["sku"]), {})) for e in entities]

    def _product(self, entity: Entity, on_hand: int, stock: Entity) -> Product:
        salable = int(stock.get("qty") or 0)
        managed = not (stock.get("is_salable") and salable <= 0)
        asin = attribute_of(entity, self.catalog.asin_attribute) if self.catalog.asin_attribute else None
        return Product(
            sku=str(entity["sku"]),
            name=str(entity.get("name") or entity["sku"]),
            asin=asin or None,
            enabled=entity.get("status") == 1,
            managed=managed,
            quantity=on_hand,
            reserved=max(0, on_hand - salable) if managed and entity.get("status") == 1 else 0,
        )

    def _entity(self, product: Product, *, is_new: bool) -> dict[str, Any]:
        entity: dict[str, Any] = {"sku": product.sku, "name": product.name, "status": 1 if product.enabled else 2}
        if self.catalog.asin_attribute and product.asin:
            asin = {"attribute_code": self.catalog.asin_attribute, "value": product.asin}
            entity["custom_attributes"] = [asin]
        if is_new:
            entity |= {"attribute_set_id": ATTRIBUTE_SET, "type_id": "simple", "price": 0, "visibility": HIDDEN}
        return entity


def _source_item(product: Product) -> dict[str, Any]:
    quantity = {"quantity": product.quantity, "status": 1}
    return {"sku": product.sku, "source_code": SOURCE, **quantity}
