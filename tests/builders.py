"""Builders of orders, reports and their parts: a test states only the facts it is about."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from handlers.decision import OrderContext
from handlers.rules.fold_report import fold_report, new_order
from handlers.rules.order_state import derive
from operations.store_changes import StoreChanges
from schemas.amazon_report import Item
from schemas.gateway_requests import OrderLookup, ProductState
from schemas.money import Money
from schemas.order import CommerceOrder, Order
from schemas.payloads import CommerceShipped, OrderPlaced, StatusChanged
from schemas.personal import Address, Buyer, PersonalData
from schemas.status import Channel, StockState
from schemas.store import OrderSettings, Store

STORE_ID = "test-store"
ORDER_ID = "123-1234567-7654321"
KEY = {"store_id": STORE_ID, "amazon_order_id": ORDER_ID}
START = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HOME = Address(
    name="Test Buyer",
    line1="1 Test Street",
    city="Testville",
    region="CA",
    postal_code="90001",
    country_code="US",
)
"""An address that Commerce accepts."""


def at(minutes: float) -> datetime:
    """Return the instant so many minutes after an order was placed."""
    return START + timedelta(minutes=minutes)


def usd(amount: str) -> Money:
    """Return an amount in dollars."""
    return Money(currency="USD", amount=Decimal(amount))


def an_item(number: int = 1, **facts: Any) -> Item:
    """Return an item with quantity 1 and a price of 10.00 dollars."""
    defaults = {
        "order_item_id": f"item-{number}",
        "seller_sku": f"SKU-{number}",
        "quantity": 1,
        "item_price": usd("10.00"),
    }
    return Item.model_validate(defaults | facts)


def placed(**facts: Any) -> OrderPlaced:
    """Return the report of a placed order: pending, one item, shipped by the merchant."""
    defaults = {
        "purchase_date": START,
        "last_update_date": START,
        "marketplace_id": "ATVPDKIKX0DER",
        "fulfillment_channel": Channel.MFN,
        "items": (an_item(),),
    }
    return OrderPlaced.model_validate(KEY | defaults | facts)


def changed(status: str = "Unshipped", minutes: float = 1, **facts: Any) -> StatusChanged:
    """Return the report of a status, some minutes after the order was placed, with these facts."""
    return StatusChanged.model_validate(KEY | {"status": status, "last_update_date": at(minutes)} | facts)


def a_report(status: str = "Unshipped", minutes: float = 1, **facts: Any) -> StatusChanged:
    """Return a report with all facts of an order of one item."""
    defaults = placed().model_dump(exclude={"status", "last_update_date", "store_id", "amazon_order_id"})
    return changed(status, minutes, **(defaults | {"shipping_address": HOME} | facts))


def shipped(shipment_id: str = "parcel-1", minutes: float = 60, **facts: Any) -> CommerceShipped:
    """Return the report of a parcel; its `items` may be given as {"item-1": 2}."""
    defaults: dict[str, Any] = {
        "shipment_id": shipment_id,
        "shipped_at": at(minutes),
        "carrier_code": "UPS",
        "tracking_number": f"TRACK-{shipment_id}",
    }
    if isinstance(items := facts.get("items"), dict):
        facts["items"] = [{"order_item_id": item, "quantity": quantity} for item, quantity in items.items()]
    return CommerceShipped.model_validate(KEY | defaults | facts)


def a_store(*, integrated_at: datetime | None = None, **settings: Any) -> Store:
    """Return a store with these order settings, else the documented defaults."""
    return Store(store_id=STORE_ID, name="Test Store", integrated_at=integrated_at, settings=OrderSettings(**settings))


def store_changes(store: Store) -> StoreChanges:
    """Return the changes that give a store the settings of this one."""
    changes = {**store.settings.model_dump(), "name": store.name, "integrated_at": store.integrated_at}
    return cast(StoreChanges, changes)


def an_order(status: str = "Unshipped", *, store: Store | None = None, **changes: Any) -> Order:
    """Return the derived order of a full report with this status and these changes."""
    report = a_report(status)
    first = new_order(report)
    return derive(first, store or a_store(), **fold_report(first, report) | changes)


def an_imported_order(status: str = "Unshipped", **changes: Any) -> Order:
    """Return an order whose Commerce order is open."""
    return an_order(status, **({"commerce_order": CommerceOrder(number="000000001", status="processing")} | changes))


def order_context(order: Order | None = None, store: Store | None = None, **more: Any) -> OrderContext:
    """Return the context of an event about the order, with an address in the vault."""
    facts: dict[str, Any] = {"personal": PersonalData(buyer=Buyer(name="Test Buyer"), shipping_address=HOME)}
    return OrderContext(store=store or a_store(), order=order, **(facts | more))


def a_product(sku: str = "SKU-1", **facts: Any) -> ProductState:
    """Return a product with 100 salable pieces."""
    defaults: dict[str, Any] = {"enabled": True, "stock": StockState.IN_STOCK, "salable": 100}
    return ProductState(sku=sku, **(defaults | facts))


def looked_up(*products: ProductState, order: CommerceOrder | None = None, **by_asin: str) -> OrderLookup:
    """Return Commerce's answer: these products, and the order if it exists."""
    return OrderLookup(order, {product.sku: product for product in products}, by_asin)
