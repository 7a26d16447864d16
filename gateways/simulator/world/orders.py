"""One order of the demo world, and the events that Amazon and Commerce publish about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from gateways.simulator.world.listings import CURRENCIES, MARKETPLACES, DemoListing
from schemas.amazon_report import Item
from schemas.money import Money
from schemas.order import OrderKey, ParcelItem
from schemas.payloads import CommerceShipped, OrderPlaced, StatusChanged
from schemas.personal import Address, Buyer
from schemas.status import AmazonStatus, Channel

CENT = Decimal("0.01")
TAX, SHIPPING = Decimal("0.08"), Decimal("4.99")
BETWEEN_REPORTS = timedelta(minutes=10)
PLACES = {
    "USD": ("Sampleville", "WA", "98000", "US"),
    "CAD": ("Demoville", "BC", "V0V 0V0", "CA"),
    "MXN": ("Villa Ejemplo", "JAL", "44000", "MX"),
}
CARRIERS = ("UPS", "USPS", "FedEx")


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """An order's facts. `number` is its position in the world, `bought` the listings and quantities of its lines."""

    store_id: str
    number: int
    amazon_order_id: str
    purchase_date: datetime
    updated_from: datetime
    bought: tuple[tuple[DemoListing, int], ...]
    channel: Channel = Channel.MFN
    replaces: str | None = None

    @property
    def key(self) -> OrderKey:
        """The order's key."""
        return self.store_id, self.amazon_order_id

    @property
    def currency(self) -> str:
        """The marketplace's currency."""
        return CURRENCIES[MARKETPLACES[self.store_id]]

    def placed(self) -> OrderPlaced:
        """Return the report of its placing, without buyer and money, which a pending order does not have."""
        return OrderPlaced(
            store_id=self.store_id,
            amazon_order_id=self.amazon_order_id,
            purchase_date=self.purchase_date,
            last_update_date=self.updated_from,
            marketplace_id=MARKETPLACES[self.store_id],
            fulfillment_channel=self.channel,
            items=tuple(_bare(item) for item in self.items()),
            replaces_order_id=self.replaces,
        )

    def status(self, status: AmazonStatus, step: int) -> StatusChanged:
        """Return a report of the status alone, at ten minutes a step after the order."""
        return StatusChanged(
            store_id=self.store_id,
            amazon_order_id=self.amazon_order_id,
            status=status,
            last_update_date=self.updated_from + step * BETWEEN_REPORTS,
        )

    def paid(self, status: AmazonStatus, step: int, shipped: tuple[int, ...] = ()) -> StatusChanged:
        """Return a report of the status with money, buyer and address; *shipped* are the quantities shipped by line."""
        items = self.items(shipped)
        total = sum((_cost(item) for item in items), Decimal(0))
        facts = {
            "items": items,
            "order_total": Money(currency=self.currency, amount=total),
            "buyer": Buyer(name=f"Test Buyer {self.number}", email=f"buyer-{self.number}@example.com"),
            "shipping_address": self._address(),
            "ship_service_level": "Std Demo Dom_1",
        }
        return self.status(status, step).model_copy(update=facts)

    def parcel(self, number: int, step: int, lines: tuple[int, ...] | None = None) -> CommerceShipped:
        """Return Commerce's report of a parcel with all pieces of these lines; without *lines*, of all that is left."""
        items = self.items()
        return CommerceShipped(
            store_id=self.store_id,
            amazon_order_id=self.amazon_order_id,
            shipment_id=f"SHIP-{self.number}-{number}",
            shipped_at=self.updated_from + step * BETWEEN_REPORTS,
            carrier_code=CARRIERS[self.number % len(CARRIERS)],
            shipping_method="Ground",
            tracking_number=f"DEMO{self.number:08}{number:02}",
            items=None
            if lines is None
            else tuple(ParcelItem(order_item_id=items[n].order_item_id, quantity=items[n].quantity) for n in lines),
        )

    def items(self, shipped: tuple[int, ...] = ()) -> tuple[Item, ...]:
        """Return the order's items with their money and the quantities *shipped* by line."""
        by_line = shipped or (0,) * len(self.bought)
        return tuple(
            self._item(line, listing, quantity, by_line[line]) for line, (listing, quantity) in enumerate(self.bought)
        )

    def _item(self, line: int, listing: DemoListing, quantity: int, shipped: int) -> Item:
        price = Decimal(0) if self.replaces else listing.price * quantity
        shipping = Decimal(0) if self.replaces else SHIPPING

        def money(amount: Decimal) -> Money:
            return Money(currency=self.currency, amount=amount.quantize(CENT))

        return Item(
            order_item_id=f"{self.number:08}{line:06}",
            seller_sku=listing.seller_sku,
            asin=listing.asin,
            title=listing.title,
            quantity=quantity,
            quantity_shipped=shipped,
            item_price=money(price),
            item_tax=money(price * TAX),
            shipping_price=money(shipping),
            shipping_tax=money(shipping * TAX),
            discount=money(Decimal(0)),
        )

    def _address(self) -> Address:
        city, region, postal_code, country = PLACES[self.currency]
        withheld = Address(city=city, region=region, postal_code=postal_code, country_code=country)
        if self.channel is Channel.AFN:
            return withheld
        street = {"name": f"Test Buyer {self.number}", "line1": f"{self.number} Example Street", "phone": "5550100"}
        return withheld.model_copy(update=street)


def _bare(item: Item) -> Item:
    amounts = dict.fromkeys(["item_price", "item_tax", "shipping_price", "shipping_tax", "discount"])
    return item.model_copy(update=amounts)


def _cost(item: Item) -> Decimal:
    parts = (item.item_price, item.item_tax, item.shipping_price, item.shipping_tax)
    return sum((money.amount for money in parts if money), Decimal(0))


def amazon_order_id(random: Random, number: int) -> str:
    """Return an order id in Amazon's form that Amazon never assigns: it begins with 999."""
    return f"999-{random.randrange(10**7):07}-{number:07}"
