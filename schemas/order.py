"""An order as the ledger stores it: Amazon's facts, the Commerce order, its parcels and its blockers."""

from collections import Counter
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field

from schemas.blockers import Blocker
from schemas.fields import AmazonOrderId, Moment, Name, Quantity
from schemas.instructions import DeclinedCancellation, RecordedInstructions
from schemas.line import Line
from schemas.money import Money, MoneyError, total_of_lines
from schemas.status import AmazonStatus, Channel, ImportState, Status
from schemas.synthetic_items import amazon_ids, with_amounts
from schemas.value import Value

OrderKey = tuple[str, str]
"""An order's key everywhere: (store_id, amazon_order_id)."""


def _none_if_blank(value: object) -> object:
    """Return None for the blank number that Commerce has for a parcel without one."""
    return None if isinstance(value, str) and not value.strip() else value


class ParcelItem(Value):
    """The quantity of an order line in a parcel."""

    order_item_id: Name
    quantity: Quantity


class Shipment(Value):
    """A parcel as Commerce reports it. Without `items` it contains everything that no other parcel contains.

    Of two reports of one `shipment_id` the one with the later `shipped_at` counts. A letter has no `tracking_number`;
    the store's settings state whether Amazon gets such a parcel (`require_tracking`).
    """

    shipment_id: Name
    shipped_at: Moment
    carrier_code: Name
    carrier_name: Name | None = None
    shipping_method: Name | None = None
    tracking_number: Annotated[Name | None, BeforeValidator(_none_if_blank)] = None
    items: tuple[ParcelItem, ...] | None = Field(default=None, min_length=1)


class Parcel(Shipment):
    """A parcel of an order, and its state of confirmation to Amazon.

    `confirmed_items` are the contents confirmed last, None before the first confirmation. `changed_since_confirmed`:
    Commerce reported the parcel again since then, perhaps with another tracking number.
    """

    confirmed_items: tuple[ParcelItem, ...] | None = None
    changed_since_confirmed: bool = False


class CommerceState(StrEnum):
    """The state of a Commerce order."""

    OPEN = "open"
    COMPLETE = "complete"
    CANCELED = "canceled"


class CommerceOrder(Value):
    """The Commerce order of an Amazon order: its number, its status code in Commerce, and its state."""

    number: Name
    status: Name
    state: CommerceState = CommerceState.OPEN


class OrderSnapshot(Value):
    """The goods ordered at one instant: quantities by seller SKU, and the total where it is known."""

    quantities: dict[Name, int]
    total: Money | None = None


class LineKey(NamedTuple):
    """The fields of a line on which an order's total depends."""

    order_item_id: Name
    seller_sku: Name
    quantity: int


class ReportedLines(Value):
    """A set of lines that was reported: from when, until when, and the latest total of a report with these lines.

    Instants are stamps, as in `Order.fact_stamps`. `lines` are sorted.
    """

    lines: tuple[LineKey, ...]
    first: int
    last: int
    total: Money | None = None
    total_stamp: int | None = None


class TotalAlone(Value):
    """The latest total that was reported without lines, and the stamp of its report."""

    total: Money
    stamp: int


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


class Cancellation(Value):
    """An operator's request to cancel, and whether it was sent to Amazon."""

    reason: Name
    sent: bool = False


class Discarded(Value):
    """An operator's decision that the order is never imported, made by discarding its dead letter."""

    who: str
    at: Moment
    why: str

    def __str__(self) -> str:
        """Return it in words: who, when and why."""
        return f"discarded by {self.who} at {self.at:%Y-%m-%dT%H:%M:%SZ} ({self.why})"


class AcceptedTotal(Value):
    """An operator's confirmation of an order's total, for the quantities that it had then, by seller SKU."""

    total: Money
    quantities: dict[Name, int]
    who: str
    at: Moment
    reason: str


class Order(Value):
    """An Amazon order as it is recorded, without personal data.

    `fact_stamps` maps a fact to the stamp of the Amazon report it comes from, so that reports fold in any order:
    microseconds since 1970 of the report's `last_update_date`, times 8, plus the rank of its status; see
    handlers.rules.fold_report. A key is a field (`order_total`), `status`, `items`, `buyer`, `shipping_address`, or
    `LINE/FACT` where a fact of a line is from another report than the list of items; `items_first` is the stamp of the
    first report of the only set of lines, where it is another than the latest one's.
    `order_total` is the total of the present lines and quantities, None where it was reported for others only.
    `reported_lines` are all sets of lines that were reported and their totals, `total_alone` the total reported without
    lines; empty while there is one set, to which `order_total` belongs. See handlers.rules.fold_total.
    `lines` are the order's; `removed_lines` are lines that the latest report does not list, kept because a later one
    may list them again without repeating their facts.
    `status`, `import_state`, `completable` (shipped, and open in Commerce), `asks_to_cancel` (the buyer's request
    to cancel is undecided) and `note` are derived by the handlers and stored to be searched and shown.
    `commerce_snapshot` is the Commerce order's content at its creation, kept only while Amazon reports another.
    `accepted_total` lets an order be imported although its amounts do not add up; see handlers.rules.accepted_total.
    `declined_cancellation` lets an order be imported although its buyer asked to cancel.
    `address_outdated`: the address was edited, and the Commerce order does not have it yet.
    `personal_data_destroyed_at` is when the buyer's data was destroyed; from then on no report's data is kept.
    `reserved_quantities` are the quantities reserved before there was a Commerce order, by seller SKU.
    `version` counts how often the order was written.
    """

    store_id: Name
    amazon_order_id: AmazonOrderId
    purchase_date: Moment
    last_update_date: Moment
    marketplace_id: Name
    fulfillment_channel: Channel
    amazon_status: AmazonStatus
    order_total: Money | None = None
    reported_lines: tuple[ReportedLines, ...] = ()
    total_alone: TotalAlone | None = None
    lines: tuple[Line, ...] = ()
    removed_lines: tuple[Line, ...] = ()
    ship_service_level: Name | None = None
    latest_ship_date: Moment | None = None
    is_prime: bool = False
    is_business: bool = False
    is_premium: bool = False
    replaces_order_id: AmazonOrderId | None = None
    instructions: RecordedInstructions | None = None
    fact_stamps: dict[str, int] = Field(default_factory=dict)

    parcels: tuple[Parcel, ...] = ()
    commerce_order: CommerceOrder | None = None
    commerce_snapshot: OrderSnapshot | None = None
    blockers: tuple[Blocker, ...] = ()
    cancellation: Cancellation | None = None
    discarded: Discarded | None = None
    accepted_total: AcceptedTotal | None = None
    declined_cancellation: DeclinedCancellation | None = None
    stock_reserved: bool = False
    reserved_quantities: dict[Name, int] | None = None
    address_outdated: bool = False
    personal_data_destroyed_at: Moment | None = None

    status: Status = Status.PENDING
    import_state: ImportState = ImportState.NOT_DUE
    completable: bool = False
    asks_to_cancel: bool = False
    note: str = ""
    version: int = 0

    @property
    def key(self) -> OrderKey:
        """The order's key, (store_id, amazon_order_id)."""
        return self.store_id, self.amazon_order_id

    @property
    def quantities(self) -> dict[str, int]:
        """The quantities ordered, by seller SKU."""
        quantities: Counter[str] = Counter()
        for line in self.lines:
            quantities[line.seller_sku] += line.quantity
        return dict(quantities)

    @property
    def amazon_ids(self) -> dict[str, str]:
        """Amazon's ids of lines that had synthetic ids before, by synthetic id, where they can be matched."""
        return amazon_ids(self.lines, self.removed_lines, self.amazon_order_id)

    @property
    def priced_lines(self) -> tuple[Line, ...]:
        """The lines; one without a price has the amounts that were reported under its synthetic id."""
        return with_amounts(self.lines, self.removed_lines, self.amazon_order_id)

    @property
    def total(self) -> Money | None:
        """The total that Amazon reports, else the sum of the lines; None where a price or a common currency is missing.

        A property and not a stored field, though the ledger keeps it in a column to filter by: it follows from the
        lines alone, so no writer can forget to bring it up to date.
        """
        if self.order_total:
            return self.order_total
        try:
            return total_of_lines([vars(line) for line in self.priced_lines])
        except MoneyError:
            return None
