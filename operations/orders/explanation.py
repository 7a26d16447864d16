"""An explanation: each decision about an order's import. No personal data; of the address the fields' states."""

from operations.orders.explain_checks import FieldState, LookupKey, LookupStep
from operations.orders.models import BlockerDetails, InstructionDetails
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetter
from schemas.fields import Moment
from schemas.money import Money
from schemas.order import AcceptedTotal
from schemas.status import AmazonStatus, Channel, ImportState, Status, StockState
from schemas.value import Value


class MatrixCell(Value):
    """The order creation matrix's answer for a line: is the Commerce order created, is stock reserved."""

    create: bool
    reserve: bool


class RecordedBlocker(Value):
    """A blocker that is recorded for the order. `still`: it would block the import now as well."""

    at: Moment | None
    """When it was recorded first; None where the history no longer has it."""
    kind: BlockerKind
    key: str
    reason: str
    salable: int | None
    """The salable pieces at that time, where too few were the cause."""
    still: bool


class LineExplanation(Value):
    """One line: the look-up of its product, the product now, its stock, its cell of the matrix.

    `sku`, `enabled`, `stock`, `salable` and `cell` are None without a product. `salable` is in pieces, and None where
    stock is not managed.
    """

    order_item_id: str
    seller_sku: str
    asin: str | None
    quantity: int
    item_price: Money | None
    item_tax: Money | None
    shipping_price: Money | None
    shipping_tax: Money | None
    discount: Money | None
    """Amounts as Amazon reports them, for the whole line; the price has the gift wrap in it."""
    matched: str | None
    """The SKU of the manual match, if the listing has one."""
    sku: str | None
    found_by: LookupKey | None
    enabled: bool | None
    stock: StockState | None
    salable: int | None
    cell: MatrixCell | None
    way: tuple[LookupStep, ...]
    then: RecordedBlocker | None
    """The recorded blocker about this line, if there is one."""


class AddressExplanation(Value):
    """The shipping address. `needed`: the merchant ships. `present`: there is one, whole or not."""

    needed: bool
    present: bool
    fields: dict[str, FieldState]


class WayOfReckoning(Value):
    """A way in which the lines add up: `expected` is the one that the marketplace's prices follow."""

    tax_included: bool
    sum: Money
    expected: bool


class MoneyExplanation(Value):
    """The amounts. `reason`: why they cannot be imported, None when they add up to `sum` or are accepted as `sum`."""

    adds_up: bool
    reason: str | None
    sum: Money | None
    amazon_total: Money | None
    ways: tuple[WayOfReckoning, ...]
    """Each way's sum; none where a price is missing."""
    accepted: AcceptedTotal | None
    """The operator's acceptance that the import goes by, None without one or when it is void."""


class Explanation(Value):
    """The state of an order's import: each decision as it falls now, and the recorded blockers."""

    store_id: str
    amazon_order_id: str
    amazon_status: AmazonStatus
    status_meaning: str
    """The meaning of Amazon's status, in a sentence."""
    status: Status
    import_state: ImportState
    fulfillment_channel: Channel
    inventory_management: bool
    """Whether the store uses Inventory Management, which chooses the matrix."""
    lines: tuple[LineExplanation, ...]
    address: AddressExplanation
    money: MoneyExplanation
    buyer_cancellation: str | None
    """The buyer's request to cancel, in a sentence, while nobody has decided it."""
    instructions: tuple[InstructionDetails, ...]
    outcome: str
    """The outcome of an import now, in a sentence."""
    blocked_on: tuple[BlockerDetails, ...]
    """The causes that would block the import now."""
    recorded: tuple[RecordedBlocker, ...]
    dead_letters: tuple[DeadLetter, ...]
    """Open dead letters about the order."""


class DeferredEvent(Value):
    """An event that came before its order: its consumer handles it when the order is recorded, until `due_at`."""

    consumer: str
    event: str
    store_id: str
    due_at: Moment


class NeverPlacedOrder(Value):
    """An order that was never placed: its deferred events, and the dead letters of those whose time is over."""

    amazon_order_id: str
    import_state: None = None
    outcome: str
    early_events: tuple[DeferredEvent, ...]
    dead_letters: tuple[DeadLetter, ...]
