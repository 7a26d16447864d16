"""An order as the ledger remembers it: what Amazon told, what Commerce did, and what stands in the way."""

from collections import Counter
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.blockers import Blocker
from schemas.fields import AmazonOrderId, Moment, Name, Quantity
from schemas.line import Line
from schemas.money import Money
from schemas.status import AmazonStatus, Channel, ImportState, Status
from schemas.synthetic_items import amazon_ids, with_amounts

OrderKey = tuple[str, str]
"""An order's key everywhere: (store_id, amazon_order_id)."""


class ParcelItem(BaseModel):
    """So many pieces of a line in a parcel."""

    model_config = ConfigDict(frozen=True)

    order_item_id: Name
    quantity: Quantity


class Parcel(BaseModel):
    """A parcel that Commerce shipped. `items` absent: everything that was left.

    `confirmed_items` is what Amazon was told is inside; `None` until Amazon knows of the parcel. `retold` says that the
    parcel was told again since, perhaps with another tracking number.
    """

    model_config = ConfigDict(frozen=True)

    shipment_id: Name
    shipped_at: Moment
    carrier_code: Name
    carrier_name: Name | None = None
    shipping_method: Name | None = None
    tracking_number: Name
    items: tuple[ParcelItem, ...] | None = None
    confirmed_items: tuple[ParcelItem, ...] | None = None
    changed_since_confirmed: bool = False


class CommerceState(StrEnum):
    """Where the Commerce order of an Amazon order stands."""

    OPEN = "open"
    COMPLETE = "complete"
    CANCELED = "canceled"


class CommerceOrder(BaseModel):
    """The Commerce order of an Amazon order: its number there, its status in Commerce's words, and ours."""

    model_config = ConfigDict(frozen=True)

    number: Name
    status: Name
    state: CommerceState = CommerceState.OPEN


class OrderSnapshot(BaseModel):
    """What was ordered: pieces by seller SKU, and the total where it can be told."""

    model_config = ConfigDict(frozen=True)

    quantities: dict[Name, int]
    total: Money | None = None


CANCEL_REASONS = (
    "NoInventory",
    "ShippingAddressUndeliverable",
    "CustomerExchange",
    "BuyerCanceled",
    "GeneralAdjustment",
    "CarrierCreditDecision",
    "RiskAssessmentInformationNotValid",
    "CarrierCoverageFailure",
    "CustomerReturn",
    "MerchandiseNotReceived",
)
"""The values of CancelReason in Amazon's order acknowledgement feed, the only way to cancel."""


class Cancellation(BaseModel):
    """An operator's wish to cancel, and whether Amazon has been asked."""

    model_config = ConfigDict(frozen=True)

    reason: Name
    sent: bool = False


class Discarded(BaseModel):
    """A person's decision that the order is never imported: it was discarded as a dead letter."""

    model_config = ConfigDict(frozen=True)

    who: str
    at: Moment
    why: str

    def __str__(self) -> str:
        """Say who did it, when and why."""
        return f"discarded by {self.who} at {self.at:%Y-%m-%dT%H:%M:%SZ} ({self.why})"


class Order(BaseModel):
    """Everything remembered about one Amazon order, without personal data.

    `fact_stamps` holds, for each fact Amazon told, the stamp of the report it came from, so that reports commute.
    `lines` are the order's; `left_out` are lines of other reports, kept for what was told of them if they come back.
    `status`, `import_state`, `completable` (shipped, yet open in Commerce) and `note` are derived by the handlers and
    kept to be searched and shown.
    `created_with` is what the Commerce order was created with, while Amazon says otherwise. `reserved_for` is the
    pieces for which stock was reserved before there was one.
    `version` counts the times the order was written.
    """

    model_config = ConfigDict(frozen=True)

    store_id: Name
    amazon_order_id: AmazonOrderId
    purchase_date: Moment
    last_update_date: Moment
    marketplace_id: Name
    fulfillment_channel: Channel
    amazon_status: AmazonStatus
    order_total: Money | None = None
    lines: tuple[Line, ...] = ()
    removed_lines: tuple[Line, ...] = ()
    ship_service_level: Name | None = None
    latest_ship_date: Moment | None = None
    is_prime: bool = False
    is_business: bool = False
    is_premium: bool = False
    replaces_order_id: AmazonOrderId | None = None
    fact_stamps: dict[str, int] = Field(default_factory=dict)

    parcels: tuple[Parcel, ...] = ()
    commerce_order: CommerceOrder | None = None
    commerce_snapshot: OrderSnapshot | None = None
    blockers: tuple[Blocker, ...] = ()
    cancellation: Cancellation | None = None
    discarded: Discarded | None = None
    stock_reserved: bool = False
    reserved_quantities: dict[Name, int] | None = None

    status: Status = Status.PENDING
    import_state: ImportState = ImportState.NOT_DUE
    completable: bool = False
    note: str = ""
    version: int = 0

    @property
    def key(self) -> OrderKey:
        """The order's key, (store_id, amazon_order_id)."""
        return self.store_id, self.amazon_order_id

    @property
    def quantities(self) -> dict[str, int]:
        """What is ordered: pieces by seller SKU."""
        pieces: Counter[str] = Counter()
        for line in self.lines:
            pieces[line.seller_sku] += line.quantity
        return dict(pieces)

    @property
    def amazon_ids(self) -> dict[str, str]:
        """Amazon's ids of lines of the order by those made up for them before, for as many as can be told."""
        return amazon_ids(self.lines, self.removed_lines, self.amazon_order_id)

    @property
    def priced_lines(self) -> tuple[Line, ...]:
        """The lines, with what was told of those without a price under their made-up ids."""
        return with_amounts(self.lines, self.removed_lines, self.amazon_order_id)

    @property
    def total(self) -> Money | None:
        """What the order comes to: as Amazon says or, where it says nothing, what the lines add up to."""
        return self.order_total or _sum(self.priced_lines)


def _sum(lines: tuple[Line, ...]) -> Money | None:
    """Return what lines add up to, nothing while the price of one is not told or where no amount can say it."""
    prices = [(line.item_price, line.item_tax, line.shipping_price, line.shipping_tax) for line in lines]
    added = [money for line in prices for money in line if money]
    taken = [line.discount for line in lines if line.discount]
    currencies = {money.currency for money in (*added, *taken)}
    if len(currencies) != 1 or any(line.item_price is None for line in lines):
        return None
    amount = sum((money.amount for money in added), Decimal(0)) - sum((money.amount for money in taken), Decimal(0))
    try:
        return Money(currency=currencies.pop(), amount=amount)
    except ValidationError:
        return None
