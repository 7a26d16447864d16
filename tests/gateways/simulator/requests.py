"""Requests as the tests make them, with invented values."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from schemas.gateway_requests import ConfirmShipment, CreateOrder, LookUpOrder, OrderLine
from schemas.money import Money
from schemas.order import OrderKey, Parcel, ParcelItem
from schemas.personal import Address, Buyer, PersonalData
from schemas.store import CustomerCreation, OrderSettings

KEY = ("demo", "999-0000001-0000001")
OTHER_KEY = ("demo", "999-0000002-0000002")
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
ADDRESS = Address(
    name="Test Buyer", line1="1 Example Street", city="Sampleville", region="WA", postal_code="98000", country_code="US"
)


def dollars(amount: str) -> Money:
    return Money(currency="USD", amount=Decimal(amount))


def line(sku: str, quantity: int, order_item_id: str = "1") -> OrderLine:
    zero = dollars("0.00")
    return OrderLine(order_item_id, sku, "Title", quantity, dollars("10.00"), zero, zero, zero)


def creation(*lines: OrderLine, key: OrderKey = KEY, address: Address | None = ADDRESS) -> CreateOrder:
    """The creation of a merchant's order in a store with all defaults."""
    return CreateOrder(
        key=key,
        settings=OrderSettings(),
        number=None,
        status="processing",
        complete=False,
        reserve=True,
        lines=lines,
        total=dollars("10.00"),
        personal=PersonalData(buyer=Buyer(name="Test Buyer"), shipping_address=address),
        customer=CustomerCreation.GUEST,
    )


def by_amazon(request: CreateOrder) -> CreateOrder:
    """The same for an order that Amazon fulfilled."""
    return replace(request, complete=True, reserve=False, status="complete", personal=PersonalData())


def legacy(request: CreateOrder, *, reserve: bool) -> CreateOrder:
    """The same in a store without inventory management."""
    settings = OrderSettings(inventory_management=False, reserve_quantity=reserve)
    return replace(request, settings=settings, reserve=reserve)


def look_up(*skus: str, key: OrderKey = KEY, asins: tuple[str, ...] = (), wanted: int = 1) -> LookUpOrder:
    return LookUpOrder(key, "default", skus, asins, dict.fromkeys(skus, wanted))


def confirmation(shipment_id: str, quantity: int, key: OrderKey = KEY, order_item_id: str = "1") -> ConfirmShipment:
    parcel = Parcel(shipment_id=shipment_id, shipped_at=NOW, carrier_code="UPS", tracking_number="DEMO1")
    items = (ParcelItem(order_item_id=order_item_id, quantity=quantity),)
    return ConfirmShipment(key, "ATVPDKIKX0DER", parcel, items)
