"""The simulated Commerce's catalog: products, whether they are enabled, and their stock."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Unpack

from gateways.errors import UnknownProductError
from gateways.simulator.documents import Document, DocumentStore, DocumentTransaction, lock_side, read_all
from schemas.gateway_requests import ProductState
from schemas.product import Product, ProductFacts
from schemas.status import StockState

PRODUCT = "commerce.product"
ASIN = "commerce.asin"
SIDE = "commerce"


class SimulatedCatalog:
    """The products, as operators change and import them; see gateways.port.Catalog."""

    def __init__(self, documents: DocumentStore) -> None:
        """Store the products in *documents*."""
        self._documents = documents

    def save(self, products: Iterable[Product]) -> None:
        """Add products or replace them by SKU; a product's reservations stay."""
        new = {product.sku: product for product in products}
        with self._documents.begin() as transaction:
            lock_side(transaction, SIDE)
            existing = read_products(transaction, new)
            reserved = {sku: existing[sku].reserved if sku in existing else 0 for sku in new}
            write_products(transaction, [p.model_copy(update={"reserved": reserved[p.sku]}) for p in new.values()])
            _index_asins(transaction, existing, new)

    def change(self, sku: str, **facts: Unpack[ProductFacts]) -> Product:
        """Set the given facts and leave the others. Raises UnknownProductError."""
        with self._documents.begin() as transaction:
            lock_side(transaction, SIDE)
            existing = read_products(transaction, [sku])
            if sku not in existing:
                raise UnknownProductError(sku)
            changed = Product.model_validate({**existing[sku].model_dump(), **facts})
            write_products(transaction, [changed])
            _index_asins(transaction, existing, {sku: changed})
            return changed

    def find(self, skus: Collection[str]) -> dict[str, Product]:
        """Return those of the products that exist, by SKU."""
        with self._documents.begin() as transaction:
            return read_products(transaction, skus)

    def skus_of(self, asins: Collection[str]) -> dict[str, str]:
        """Return the SKUs of the products that have these ASINs, by ASIN."""
        with self._documents.begin() as transaction:
            return read_asins(transaction, asins)

    def products(self) -> list[Product]:
        """Return all products in the order of their SKUs."""
        with self._documents.begin() as transaction:
            return [Product.model_validate(document) for _, document in read_all(transaction, PRODUCT)]

    def page(self, limit: int, after: str = "") -> list[Product]:
        """Return products in the order of their SKUs, at most *limit* after a SKU."""
        with self._documents.begin() as transaction:
            documents = transaction.list(PRODUCT, after, limit)
        return [Product.model_validate(document) for _, document in documents]


def read_products(transaction: DocumentTransaction, skus: Collection[str]) -> dict[str, Product]:
    """Return those of the products that exist, by SKU."""
    documents = transaction.get_many(PRODUCT, sorted(skus), lock=False) if skus else {}
    return {sku: Product.model_validate(document) for sku, document in documents.items()}


def write_products(transaction: DocumentTransaction, products: Sequence[Product]) -> None:
    """Write products as given, including their reserved quantities."""
    if products:
        transaction.put_many(PRODUCT, {product.sku: product.model_dump() for product in products})


def read_asins(transaction: DocumentTransaction, asins: Collection[str]) -> dict[str, str]:
    """Return the SKUs of the products with these ASINs, by ASIN."""
    documents = transaction.get_many(ASIN, sorted(asins), lock=False) if asins else {}
    return {asin: document["sku"] for asin, document in documents.items() if document["sku"] is not None}


def product_state(product: Product, quantity: int, reserved: int = 0) -> ProductState:
    """Return a product's state for an order of *quantity* pieces that has *reserved* pieces already."""
    salable = None if product.salable is None else product.salable + reserved
    return ProductState(sku=product.sku, enabled=product.enabled, stock=_stock(salable, quantity), salable=salable)


def _stock(salable: int | None, quantity: int) -> StockState:
    if salable is None:
        return StockState.NOT_MANAGED
    return StockState.IN_STOCK if salable >= quantity else StockState.OUT_OF_STOCK


def _index_asins(transaction: DocumentTransaction, before: Mapping[str, Product], after: Mapping[str, Product]) -> None:
    removed = {p.asin for p in before.values() if p.asin and p.asin != after[p.sku].asin}
    documents: dict[str, Document] = {
        asin: {"sku": None} for asin, sku in read_asins(transaction, removed).items() if before.get(sku)
    }
    documents |= {p.asin: {"sku": p.sku} for p in after.values() if p.asin}
    if documents:
        transaction.put_many(ASIN, documents)
