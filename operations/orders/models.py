"""Orders as operations return them. No personal data. Times are in UTC; money is an exact amount with its currency."""

from pydantic import computed_field

from schemas.blockers import BlockerKind, Remedy
from schemas.fields import Moment
from schemas.instructions import DeclinedCancellation, FactValue
from schemas.money import Money
from schemas.order import AcceptedTotal, Cancellation
from schemas.status import AmazonStatus, Channel, ImportState, Status
from schemas.value import Value


class OrderRow(Value):
    """A row of the list of orders. `commerce_order` is the number of the Commerce order, once there is one."""

    store_id: str
    amazon_order_id: str
    purchase_date: Moment
    last_update_date: Moment
    status: Status
    amazon_status: AmazonStatus
    import_state: ImportState
    fulfillment_channel: Channel
    total: Money | None
    """Amazon's total or, without one, the sum of the lines; None while a price is missing."""
    commerce_order: str | None
    note: str
    buyer_cancellation: str | None
    """The buyer's request to cancel, in a sentence, while nobody has decided it."""


class InstructionDetails(Value):
    """An instruction for staff: the fact's name in `order.placed`, the line it is about, its value, a sentence.

    `value` is None of a personal one: it is in the vault, and in the comment of the Commerce order.
    """

    name: str
    order_item_id: str | None
    value: FactValue | None
    text: str


class OrderPage(Value):
    """A page of the list of orders.

    `count` is the number of orders on all pages; where it is not exact, there are more than that. `page` counts from 1,
    and means nothing for a page that was asked for by a position. `next` and `previous` are the positions with which
    the pages after and before this one are asked for; None at the end of the list.
    """

    orders: tuple[OrderRow, ...]
    count: int
    count_is_exact: bool
    page: int
    page_size: int
    previous: str | None
    next: str | None
    system_message: str | None
    """The documented message while any store has blocked orders."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def pages(self) -> int | None:
        """The number of pages, at least 1; None where the count is not exact."""
        return max(-(-self.count // self.page_size), 1) if self.count_is_exact else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def next_page(self) -> int | None:
        """The number of the next page, None where no orders follow."""
        return self.page + 1 if self.next else None


class CommerceOrderDetails(Value):
    """The Commerce order: its number and its status, both as Commerce reports them."""

    number: str
    status: str


class BlockerDetails(Value):
    """A cause that blocks an order. `key` is a SKU for products and stock, the Amazon order id for the rest."""

    kind: BlockerKind
    key: str
    remedy: Remedy
    solution: str
    """The documented solution, a sentence for order staff."""
    reason: str
    """The cause in a sentence."""


class ItemDetails(Value):
    """A line of an order. `sku` is its product in Commerce, once identified; quantities are pieces.

    Amounts are as Amazon reports them, for the whole line, None where not reported. The price has the gift wrap in it,
    which Amazon's formats report apart; `discount` is subtracted.
    """

    order_item_id: str
    seller_sku: str
    sku: str | None
    quantity: int
    quantity_shipped: int
    """The pieces that Amazon or Commerce reports as shipped, the greater of the two."""
    item_price: Money | None
    item_tax: Money | None
    shipping_price: Money | None
    shipping_tax: Money | None
    discount: Money | None
    asin: str | None
    title: str | None


class ShipmentDetails(Value):
    """A parcel. `confirmed`: Amazon knows it with its present contents."""

    shipment_id: str
    tracking_number: str | None
    carrier_code: str
    confirmed: bool
    shipping_method: str | None
    shipped_at: Moment
    quantities: dict[str, int]
    """The pieces in the parcel by `order_item_id`."""


class HistoryLine(Value):
    """A line of an order's history: when which event changed the order, with the note for people."""

    time: Moment
    event: str
    note: str


class PublishedLine(HistoryLine):
    """A line of the history with who published the event.

    `publisher` is its account, where it was none of Crossdock's and the event names it; `source` the event's
    own `source`, where that is not Crossdock.
    """

    publisher: str | None
    source: str | None


class OrderDetails(Value):
    """An order with its lines, parcels, blockers and history, oldest first."""

    store_id: str
    amazon_order_id: str
    amazon_status: AmazonStatus
    status: Status
    commerce_order: CommerceOrderDetails | None
    import_state: ImportState
    blocked_on: tuple[BlockerDetails, ...]
    note: str
    total: Money | None
    items: tuple[ItemDetails, ...]
    shipments: tuple[ShipmentDetails, ...]
    history: tuple[HistoryLine, ...]
    status_meaning: str
    """The meaning of Amazon's status, in a sentence."""
    purchase_date: Moment
    last_update_date: Moment
    marketplace_id: str
    fulfillment_channel: Channel
    ship_service_level: str | None
    latest_ship_date: Moment | None
    is_prime: bool
    is_business: bool
    is_premium: bool
    replaces_order_id: str | None
    stock_reserved: bool
    """Whether stock is reserved for the order: by its Commerce order, or before there is one."""
    cancel_refusal: str | None
    """Why the order cannot be canceled here, in a sentence; None when it can."""
    seller_central_url: str | None
    """The order in Amazon Seller Central; None for an unknown marketplace."""
    commerce_order_url: str | None
    """The Commerce order in the shop's Admin, where `commerce_admin_url` is set and there is one."""
    cancellation: Cancellation | None
    accepted_total: AcceptedTotal | None
    """An operator's acceptance of the total, also one that is void by now."""
    buyer_cancellation: str | None
    """The buyer's request to cancel, in a sentence, while nobody has decided it."""
    declined_cancellation: DeclinedCancellation | None
    """An operator's decision to import the order although its buyer asked to cancel."""
    instructions: tuple[InstructionDetails, ...]


class OrderActionResult(Value):
    """An order after an action: its note, and the number of the Commerce order, if there is one already."""

    store_id: str
    amazon_order_id: str
    note: str
    commerce_order: str | None
