"""The state of the simulated shop, in memory: products, stock, carts, orders, invoices and shipments."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

Entity = dict[str, Any]
"""A JSON object as the API has it."""

SOURCE = "default"
STOCK_ID = 1
WEBSITE = "base"
STORE_VIEWS = {"admin": 0, "default": 1}


def collated(text: str) -> str:
    """Return a text as the database compares it (`utf8mb4_general_ci`): without case, accents and spaces at the end."""
    plain = "".join(letter for letter in normalize("NFD", text) if not "\u0300" <= letter <= "\u036f")
    return plain.casefold().rstrip(" ")


@dataclass
class SourceItem:
    """The one source's stock of a product."""

    quantity: float
    in_stock: bool = True


@dataclass
class StockedProduct:
    """A product of the catalog, and its stock. `source` is None where no source has it."""

    product_id: int
    sku: str
    name: str
    price: float = 10.0
    enabled: bool = True
    managed: bool = True
    threshold: float = 0
    """Pieces that are not sold: "Out-of-Stock Threshold"."""
    source: SourceItem | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    created_at: str = ""
    updated_at: str = ""


@dataclass
class Cart:
    """An admin cart without a customer."""

    cart_id: int
    store_id: int = 1
    items: list[Entity] = field(default_factory=list)
    addresses: Entity | None = None
    is_active: bool = True


@dataclass
class RestShop:
    """The shop. `reservations` are by SKU and append-only, as Commerce's: below 0 for promised stock."""

    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    products: dict[str, StockedProduct] = field(default_factory=dict)
    reservations: list[tuple[str, float, str]] = field(default_factory=list)
    carts: dict[int, Cart] = field(default_factory=dict)
    orders: dict[int, Entity] = field(default_factory=dict)
    invoices: dict[int, Entity] = field(default_factory=dict)
    shipments: dict[int, Entity] = field(default_factory=dict)
    refunds: dict[int, Entity] = field(default_factory=dict)
    customers: dict[int, str] = field(default_factory=dict)
    """Mailboxes of the customers by their ids."""
    payment_methods: frozenset[str] = frozenset({"checkmo"})
    has_module: bool = False
    """Whether it has a module of its own that creates orders."""
    shipping_methods: frozenset[str] = frozenset({"flatrate_flatrate"})
    _last: dict[str, int] = field(default_factory=dict)

    def next(self, sequence: str) -> int:
        """Return the next number of a sequence, 1 first."""
        self._last[sequence] = self._last.get(sequence, 0) + 1
        return self._last[sequence]

    def now(self) -> str:
        """Return the present instant as Commerce writes it, in UTC."""
        return self.clock().strftime("%Y-%m-%d %H:%M:%S")

    def add_product(self, product: StockedProduct) -> StockedProduct:
        """Add a product, or replace the one of the same SKU."""
        product.created_at = product.created_at or self.now()
        product.updated_at = self.now()
        self.products[product.sku] = product
        return product

    def product(self, sku: str) -> StockedProduct | None:
        """Return the product of a SKU, in any spelling that the database takes for the same."""
        collated_sku = collated(sku)
        exact = self.products.get(sku)
        return exact or next(
            (product for product in self.products.values() if collated(product.sku) == collated_sku), None
        )

    def product_by_id(self, product_id: object) -> StockedProduct | None:
        """Return the product with this id, if there is one."""
        return next((product for product in self.products.values() if product.product_id == product_id), None)

    def reserve(self, sku: str, quantity: float, event: str) -> None:
        """Append a reservation: below 0 when pieces are promised, above when they are released."""
        self.reservations.append((sku, quantity, event))

    def salable(self, product: StockedProduct) -> float:
        """Return the salable quantity as Commerce computes it, 0 where stock is not managed or the product disabled."""
        if product.source is None or not product.managed or not product.enabled:
            return 0
        reserved = sum(quantity for sku, quantity, _ in self.reservations if sku == product.sku)
        return max(0, (product.source.quantity if product.source.in_stock else 0) + reserved - product.threshold)

    def is_salable(self, product: StockedProduct) -> bool:
        """Whether one piece can be sold."""
        if product.source is None or not product.enabled:
            return False
        return not product.managed or self.salable(product) > 0

    def orders_with(self, **values: object) -> Iterable[Entity]:
        """Return the orders that have these values."""
        return [order for order in self.orders.values() if all(order.get(k) == v for k, v in values.items())]
