"""The simulated shop's catalog: products, whether they are enabled, and their stock."""

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
    """The products, as people and imports change them; see gateways.port.Catalog."""

    def __init__(self, records: DocumentStore) -> None:
        """Keep the products in `records`."""
        self._records = records

    def save(self, products: Iterable[Product]) -> None:
        """Add products or replace them by SKU; what is reserved of a product stays reserved."""
        told = {product.sku: product for product in products}
        with self._records.begin() as book:
            lock_side(book, SIDE)
            known = read_products(book, told)
            kept = {sku: known[sku].reserved if sku in known else 0 for sku in told}
            write_products(book, [p.model_copy(update={"reserved": kept[p.sku]}) for p in told.values()])
            _index_asins(book, known, told)

    def change(self, sku: str, **facts: Unpack[ProductFacts]) -> Product:
        """Set the facts that are told and leave the others; UnknownProductError if there is no such product."""
        with self._records.begin() as book:
            lock_side(book, SIDE)
            known = read_products(book, [sku])
            if sku not in known:
                raise UnknownProductError(sku)
            changed = Product.model_validate({**known[sku].model_dump(), **facts})
            write_products(book, [changed])
            _index_asins(book, known, {sku: changed})
            return changed

    def find(self, skus: Collection[str]) -> dict[str, Product]:
        """Return those of the products that exist, by SKU."""
        with self._records.begin() as book:
            return read_products(book, skus)

    def products(self) -> list[Product]:
        """Return all products in the order of their SKUs."""
        with self._records.begin() as book:
            return [Product.model_validate(document) for _, document in read_all(book, PRODUCT)]


def read_products(book: DocumentTransaction, skus: Collection[str]) -> dict[str, Product]:
    """Return those of the products that exist, by SKU."""
    found = book.get_many(PRODUCT, sorted(skus), lock=False) if skus else {}
    return {sku: Product.model_validate(document) for sku, document in found.items()}


def write_products(book: DocumentTransaction, products: Sequence[Product]) -> None:
    """Write products as they are, reservations included."""
    if products:
        book.put_many(PRODUCT, {product.sku: product.model_dump() for product in products})


def read_asins(book: DocumentTransaction, asins: Collection[str]) -> dict[str, str]:
    """Return the SKUs of the products that bear these ASINs."""
    found = book.get_many(ASIN, sorted(asins), lock=False) if asins else {}
    return {asin: document["sku"] for asin, document in found.items() if document["sku"] is not None}


def product_state(product: Product, wanted: int, held: int = 0) -> ProductState:
    """Return what Commerce says of a product when `wanted` pieces are asked for, `held` of them promised before."""
    salable = None if product.salable is None else product.salable + held
    return ProductState(sku=product.sku, enabled=product.enabled, stock=_stock(salable, wanted), salable=salable)


def _stock(salable: int | None, wanted: int) -> StockState:
    if salable is None:
        return StockState.NOT_MANAGED
    return StockState.IN_STOCK if salable >= wanted else StockState.OUT_OF_STOCK


def _index_asins(book: DocumentTransaction, before: Mapping[str, Product], after: Mapping[str, Product]) -> None:
    gone = {p.asin for p in before.values() if p.asin and p.asin != after[p.sku].asin}
    documents: dict[str, Document] = {
        asin: {"sku": None} for asin, sku in read_asins(book, gone).items() if before.get(sku)
    }
    documents |= {p.asin: {"sku": p.sku} for p in after.values() if p.asin}
    if documents:
        book.put_many(ASIN, documents)
