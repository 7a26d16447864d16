"""The catalog of a shop, for people: read, and changed where the shop's own admin would change it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Unpack

from gateways.commerce.answers import Entity, sku_key
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.lookup import Catalog, attribute_of, skus_by_asin
from gateways.errors import UnknownProductError
from schemas.errors import PermanentError
from schemas.product import Product, ProductFacts

READ, SAVE = Purpose("look up products"), Purpose("save a product")
PAGE = 100
ATTRIBUTE_SET = 4
"""The set "Default" of every shop."""

LONGEST = 200
"""Characters of a name or ASIN; a name in Commerce has up to 255."""

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
        existing = self._found([product.sku for product in listed])
        for product in listed:
            before = existing.get(sku_key(product.sku))
            if product.managed != (before.managed if before else True):
                raise StockSettingError(product.sku)
        for product in listed:
            self.client.save_product(self._entity(product, is_new=sku_key(product.sku) not in existing), SAVE)
        managed = [product for product in listed if product.managed]
        if managed:
            self.client.save_source_items([_source_item(product) for product in managed], SAVE)

    def change(self, sku: str, **facts: Unpack[ProductFacts]) -> Product:
        """Set the given facts and leave the others. Raises UnknownProductError, StockSettingError."""
        existing = self._found([sku]).get(sku_key(sku))
        if existing is None:
            raise UnknownProductError(sku)
        changed = Product.model_validate({**existing.model_dump(), **facts})
        self.save([changed])
        return changed

    def find(self, skus: Collection[str]) -> dict[str, Product]:
        """Return those of the products that exist, by the given SKU; each has its own spelling of it."""
        products = self._found(skus)
        return {sku: product for sku in skus if (product := products.get(sku_key(sku)))}

    def _found(self, skus: Collection[str]) -> dict[str, Product]:
        """Return those of the products that exist, by `sku_key`."""
        products = self._with_stock(self.client.products(skus, READ)) if skus else []
        return {sku_key(product.sku): product for product in products}

    def skus_of(self, asins: Collection[str]) -> dict[str, str]:
        """Return the SKUs of the products that have these ASINs, by ASIN."""
        return skus_by_asin(self.client, self.catalog, asins, READ)

    def products(self) -> list[Product]:
        """Return all products in the order of their SKUs."""
        products: list[Product] = []
        while page := self.page(PAGE, products[-1].sku if products else ""):
            products += page
        return sorted(products, key=lambda product: product.sku)

    def page(self, limit: int, after: str = "") -> list[Product]:
        """Return products in the shop's order of SKUs, which ignores case, at most *limit* after a SKU."""
        entities: list[Entity] = []
        while len(entities) < limit:
            asked = min(PAGE, limit - len(entities))
            page = self.client.products_after(str(entities[-1]["sku"]) if entities else after, asked, READ)
            entities += page
            if len(page) < asked:
                break
        return self._with_stock(entities)

    def _with_stock(self, entities: Collection[Entity]) -> list[Product]:
        skus = [str(entity["sku"]) for entity in entities]
        if not skus:
            return []
        on_hand: dict[str, int] = {}
        for item in self.client.source_items(skus, READ):
            name = sku_key(item["sku"])
            on_hand[name] = on_hand.get(name, 0) + int(item["quantity"])
        salable = {sku_key(entry["sku"]): entry for entry in self.client.salable(skus, self.catalog.website, READ)}
        names = [sku_key(sku) for sku in skus]
        return [
            self._product(entity, on_hand.get(name, 0), salable.get(name, {}))
            for entity, name in zip(entities, names, strict=True)
        ]

    def _product(self, entity: Entity, on_hand: int, stock: Entity) -> Product:
        salable = int(stock.get("qty") or 0)
        managed = not (stock.get("is_salable") and salable <= 0)
        asin = attribute_of(entity, self.catalog.asin_attribute) if self.catalog.asin_attribute else None
        return Product(
            sku=str(entity["sku"]),
            name=str(entity.get("name") or entity["sku"])[:LONGEST],
            asin=(asin or "").strip()[:LONGEST] or None,
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
