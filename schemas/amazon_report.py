"""The facts of an order in a report of Amazon's, as both `order.placed` and `order.status_changed` carry them."""

from pydantic import ConfigDict, Field

from schemas.fields import AmazonOrderId, Moment, Name, QuantityOrNone, Text
from schemas.instructions import OrderInstructions
from schemas.money import Money
from schemas.personal import ReportedAddress, ReportedBuyer, ReportedInstructions
from schemas.status import AmazonStatus, Channel
from schemas.value import Value

MAX_ITEMS = 1000
"""The items of one order in one report, at most."""


class Item(Value):
    """One line as Amazon reports it. All amounts are for the whole line, not per piece (Orders API v0, OrderItem).

    A quantity of 0 marks a canceled line; it is accepted in canceled orders only.
    """

    model_config = ConfigDict(extra="allow")

    order_item_id: Name
    seller_sku: Name
    asin: Name | None = None
    title: Text | None = None
    quantity: QuantityOrNone
    quantity_shipped: QuantityOrNone | None = None
    item_price: Money | None = None
    item_tax: Money | None = None
    shipping_price: Money | None = None
    shipping_tax: Money | None = None
    discount: Money | None = None


class OrderFacts(Value):
    """The facts in one report about an order. `None` means: not reported."""

    model_config = ConfigDict(extra="allow")

    store_id: Name
    amazon_order_id: AmazonOrderId
    last_update_date: Moment
    status: AmazonStatus
    purchase_date: Moment | None = None
    marketplace_id: Name | None = None
    fulfillment_channel: Channel | None = None
    order_total: Money | None = None
    items: tuple[Item, ...] | None = Field(default=None, max_length=MAX_ITEMS)
    buyer: ReportedBuyer | None = None
    shipping_address: ReportedAddress | None = None
    ship_service_level: Name | None = None
    latest_ship_date: Moment | None = None
    is_prime: bool | None = None
    is_business: bool | None = None
    is_premium: bool | None = None
    replaces_order_id: AmazonOrderId | None = None
    instructions: OrderInstructions | None = None
    personal_instructions: ReportedInstructions | None = None

    @property
    def has_personal_data(self) -> bool:
        """Whether the report has facts that belong into the vault."""
        return bool(self.buyer or self.shipping_address or self.personal_instructions)
