"""Blockers: why an order cannot be created in Commerce, the documented solution, and the remedy that unblocks it."""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field

from schemas.value import Value


class BlockerKind(StrEnum):
    """The kinds of causes."""

    PRODUCT_MISSING = "product_missing"
    PRODUCT_DISABLED = "product_disabled"
    OUT_OF_STOCK = "out_of_stock"
    ADDRESS = "address"
    MONEY = "money"
    PERSONAL_DATA = "personal_data"
    BUYER_CANCELLATION = "buyer_cancellation"
    NEVER_PLACED = "never_placed"


class Cause(Value):
    """One cause by its kind and key: a SKU for products and stock, the Amazon order id for the rest."""

    kind: BlockerKind
    key: str


class RemedyKind(StrEnum):
    """The actions of a person that a remedy can name, each with the parameters that it has.

    Parameters are ids and names. The person's choice (a product, a quantity, an address) is none.
    """

    MATCH_LISTING = "match_listing"
    """`store_id`, `seller_sku`; the person chooses the product."""
    ENABLE_PRODUCT = "enable_product"
    """`sku`."""
    SET_QUANTITY = "set_quantity"
    """`sku`; the person chooses the quantity."""
    EDIT_ADDRESS = "edit_address"
    """`store_id`, `amazon_order_id`; the person enters the fields."""
    ACCEPT_TOTAL = "accept_total"
    """`store_id`, `amazon_order_id`; the person gives the reason."""
    STATE_TOTAL = "state_total"
    """`store_id`, `amazon_order_id`; the person enters the total, which Amazon does not report, and the reason."""
    CANCEL_ORDER = "cancel_order"
    """`store_id`, `amazon_order_id`; Amazon is requested to cancel the order, as its buyer asked."""
    DECLINE_CANCELLATION = "decline_cancellation"
    """`store_id`, `amazon_order_id`; the person gives the reason to import an order that its buyer asked to cancel."""
    EXPLAIN_ORDER = "explain_order"
    """`store_id`, `amazon_order_id`."""
    PUBLISH_EVENTS = "publish_events"
    """None; the person chooses the file."""
    ADD_STORE = "add_store"
    """`store_id`."""
    CHANGE_STORE = "change_store"
    """None; the person chooses the store."""
    LIST_ORDERS = "list_orders"
    LIST_PRODUCTS = "list_products"
    LIST_STORES = "list_stores"


class Remedy(Value):
    """An action that a person can take: the terminal renders it as a command, a web page as a button."""

    kind: RemedyKind
    params: dict[str, str] = Field(default_factory=dict)


class Blocker(Cause):
    """A cause with its details for order staff: the reason, the documented solution, the remedy.

    `wake_keys` are the wake-up keys (`product:SKU`, `listing:STORE/SKU`, `order:ID`) whose change may end it. `salable`
    is the number of salable pieces, where too few of them blocked the order.
    """

    reason: str
    solution: str
    remedy: Remedy
    wake_keys: tuple[str, ...] = ()
    salable: int | None = None

    @property
    def cause(self) -> Cause:
        """The bare kind and key."""
        return Cause(kind=self.kind, key=self.key)


SYSTEM_MESSAGE = (
    "Your Amazon store(s) has orders that cannot be imported into Commerce. "
    "See Recent Orders in the store dashboard(s): {stores}"
)
"""The documented text ("Managing orders"); `{stores}` is the names of the stores, joined by a comma."""


SHOWN_STORES = 10
"""Stores that the message names: it is shown with each list, and must stay readable with any number of stores."""


def system_message(stores: Sequence[str], count: int | None = None) -> str | None:
    """Return the message to show while stores have blocked orders, or None without any.

    *stores* are their names, *count* is their number if some are left out.
    """
    more = max(len(stores) if count is None else count, SHOWN_STORES) - SHOWN_STORES
    names = [*stores[:SHOWN_STORES], *([f"and {more:,} more"] if more else [])]
    return SYSTEM_MESSAGE.format(stores=", ".join(names)) if stores else None
