"""The demo world's stores, products, listings and matches. All of it is fictitious."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from schemas.product import Product
from schemas.store import OrderNumberSource, OrderSettings, OrderStatusChoice, Store

INTEGRATED_FOR = timedelta(days=30)
MAIN, SECOND, VIEW_ONLY = "demo-us", "demo-ca", "demo-outlet"
"""Store ids: one with all defaults, one that numbers by Amazon's ids with a custom status, one without import."""

CURRENCIES = {"ATVPDKIKX0DER": "USD", "A2EUQ1WTGCTBG2": "CAD", "A1AM78C64UM0Y8": "MXN"}
MARKETPLACES = {MAIN: "ATVPDKIKX0DER", SECOND: "A2EUQ1WTGCTBG2", VIEW_ONLY: "A1AM78C64UM0Y8"}
"""Amazon's marketplace of each store, and the currency of each. No two stores of a seller have the same marketplace."""


class ListingMatch(NamedTuple):
    """A store's listing, matched to a product."""

    store_id: str
    seller_sku: str
    sku: str


class DemoListing(NamedTuple):
    """A listing on Amazon; the price is per piece."""

    seller_sku: str
    title: str
    price: Decimal
    asin: str | None = None


MUG = DemoListing("DEMO-MUG", "Demo Mug, blue", Decimal("11.01"))
LAMP = DemoListing("AMZ-DEMO-LAMP-2", "Demo Lamp, small", Decimal("34.50"))
BOOK = DemoListing("AMZ-DEMO-BOOK", "Demo Book, second edition", Decimal("18.90"), asin="B0DEMO0003")
CARD = DemoListing("DEMO-CARD", "Demo Greeting Card", Decimal("3.75"))
UNLISTED = DemoListing("DEMO-NEVER-MADE", "Demo Thing without a product", Decimal("9.99"))
DISABLED = DemoListing("DEMO-RETIRED-CHAIR", "Demo Chair, retired", Decimal("79.00"))
SOLD_OUT = DemoListing("DEMO-SOLD-OUT-KITE", "Demo Kite, sold out", Decimal("22.40"))

GOOD = (MUG, LAMP, BOOK, CARD)
"""Listings whose orders can be created: by SKU, by match, by ASIN, and without managed stock."""


def stores(now: datetime) -> tuple[Store, ...]:
    """Return the three stores, integrated thirty days ago."""
    since = now - INTEGRATED_FOR
    numbered = OrderSettings(
        commerce_store_view="demo_ca",
        order_number_source=OrderNumberSource.AMAZON,
        order_status=OrderStatusChoice.CUSTOM,
        processing_status="amazon_processing",
    )
    settings_by_store = {
        MAIN: ("Demo Store US", OrderSettings()),
        SECOND: ("Demo Store CA", numbered),
        VIEW_ONLY: ("Demo Outlet", OrderSettings(import_orders=False)),
    }
    return tuple(
        Store(store_id=id_, name=name, marketplace_id=MARKETPLACES[id_], integrated_at=since, settings=settings)
        for id_, (name, settings) in settings_by_store.items()
    )


def products(orders: int) -> tuple[Product, ...]:
    """Return the products; those that are not sold out by design have enough stock for this number of orders."""
    plenty = 100 + 10 * orders
    return (
        Product(sku="DEMO-MUG", name="Mug, blue", quantity=plenty),
        Product(sku="LAMP-SMALL", name="Lamp, small", quantity=plenty),
        Product(sku="BOOK-2ND", name="Book, second edition", asin=BOOK.asin, quantity=plenty),
        Product(sku="DEMO-CARD", name="Greeting card", managed=False),
        Product(sku="DEMO-RETIRED-CHAIR", name="Chair, retired", enabled=False, quantity=plenty),
        Product(sku="DEMO-SOLD-OUT-KITE", name="Kite", quantity=0),
    )


def matches() -> tuple[ListingMatch, ...]:
    """Return the manual matches."""
    return tuple(ListingMatch(store_id, LAMP.seller_sku, "LAMP-SMALL") for store_id in MARKETPLACES)
