"""One invented order of the demo's world, and all that Amazon and Commerce can say about it."""

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
PLACES = {"USD": ("Sampleville", "WA", "98000", "US"), "CAD": ("Demoville", "BC", "V0V 0V0", "CA")}
CARRIERS = ("UPS", "USPS", "FedEx")


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """An order's facts. `number` is its place in the world, `bought` the listings and pieces of its lines."""

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
        """Say that the order was placed; who bought it and for how much is not known yet."""
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
        """Say that the status changed, ten minutes a step after the order, and no more."""
        return StatusChanged(
            store_id=self.store_id,
            amazon_order_id=self.amazon_order_id,
            status=status,
            last_update_date=self.updated_from + step * BETWEEN_REPORTS,
        )

    def paid(self, status: AmazonStatus, step: int, shipped: tuple[int, ...] = ()) -> StatusChanged:
        """Say that the status changed, with money, buyer and address; `shipped` is the pieces sent by line."""
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
        """Say that Commerce shipped a parcel with all pieces of these lines; of all that is left without `lines`."""
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
        """Return the order's lines with their money, of which so many pieces are shipped."""
        sent = shipped or (0,) * len(self.bought)
        return tuple(
            self._item(line, listing, pieces, sent[line]) for line, (listing, pieces) in enumerate(self.bought)
        )

    def _item(self, line: int, listing: DemoListing, pieces: int, sent: int) -> Item:
        price = Decimal(0) if self.replaces else listing.price * pieces
        shipping = Decimal(0) if self.replaces else SHIPPING

        def money(amount: Decimal) -> Money:
            return Money(currency=self.currency, amount=amount.quantize(CENT))

        return Item(
            order_item_id=f"{self.number:08}{line:06}",
            seller_sku=listing.seller_sku,
            asin=listing.asin,
            title=listing.title,
            quantity=pieces,
            quantity_shipped=sent,
            item_price=money(price),
            item_tax=money(price * TAX),
            shipping_price=money(shipping),
            shipping_tax=money(shipping * TAX),
            discount=money(Decimal(0)),
        )

    def _address(self) -> Address:
        city, region, postal_code, country = PLACES[self.currency]
        told = Address(city=city, region=region, postal_code=postal_code, country_code=country)
        if self.channel is Channel.AFN:
            return told
        street = {"name": f"Test Buyer {self.number}", "line1": f"{self.number} Example Street"}
        return told.model_copy(update=street)


def _bare(item: Item) -> Item:
    amounts = dict.fromkeys(["item_price", "item_tax", "shipping_price", "shipping_tax", "discount"])
    return item.model_copy(update=amounts)


def _cost(item: Item) -> Decimal:
    parts = (item.item_price, item.item_tax, item.shipping_price, item.shipping_tax)
    return sum((money.amount for money in parts if money), Decimal(0))


def amazon_order_id(random: Random, number: int) -> str:
    """Return an order id in Amazon's form, of a kind that Amazon does not give: it begins with 999."""
    return f"999-{random.randrange(10**7):07}-{number:07}"
