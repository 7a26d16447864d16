"""A store: one Amazon marketplace connected to one Commerce store view, with its order settings."""

from enum import StrEnum

from pydantic import ConfigDict, Field

from schemas.fields import Moment, Name
from schemas.value import Value


class CustomerCreation(StrEnum):
    """Whether a Commerce order is a guest order, or a customer account is created for it."""

    GUEST = "guest"
    NEW = "new"


class OrderNumberSource(StrEnum):
    """Whether Commerce numbers an order, or it gets Amazon's order id as its number."""

    COMMERCE = "commerce"
    AMAZON = "amazon"


class OrderStatusChoice(StrEnum):
    """Whether created orders get the default status or the one set as processing status."""

    DEFAULT = "default"
    CUSTOM = "custom"


class MissingPhone(StrEnum):
    """The treatment of an order whose address has no phone: it is imported without one, with a placeholder, or blocked.

    Commerce requires a phone where its configuration says so (customer/address/telephone_show, "Required" by default).
    """

    ALLOW = "allow"
    PLACEHOLDER = "placeholder"
    BLOCK = "block"


class OrderSettings(Value):
    """A store's order settings with the documented defaults (help page "Order settings").

    `processing_status` counts only with `order_status = custom`. `reserve_quantity` (reserve stock for Pending
    orders) counts only without inventory management, as in the 2.x manual. `require_tracking` is ours: whether parcels
    without a tracking number are refused, or confirmed to Amazon.
    """

    model_config = ConfigDict(extra="forbid")

    import_orders: bool = True
    commerce_store_view: Name = "default"
    customer_creation: CustomerCreation = CustomerCreation.GUEST
    order_number_source: OrderNumberSource = OrderNumberSource.COMMERCE
    order_status: OrderStatusChoice = OrderStatusChoice.DEFAULT
    processing_status: Name | None = None
    reserve_quantity: bool = False
    inventory_management: bool = True
    missing_phone: MissingPhone = MissingPhone.ALLOW
    require_tracking: bool = True


class Store(Value):
    """One store. `integrated_at` is the instant of store integration; orders purchased before it are never imported.

    A store that only events name has no such instant, so all its orders count as purchased after it. `seller` is the
    name, in the settings, of the seller on Amazon whose store it is; None: the only seller's.
    """

    store_id: Name
    name: Name
    marketplace_id: Name | None = None
    seller: Name | None = None
    integrated_at: Moment | None = None
    settings: OrderSettings = Field(default_factory=OrderSettings)


class UnknownStore(Value):
    """A store that events name and nobody has added: the number of events that wait for it, and since when."""

    store_id: Name
    events: int
    since: Moment


def unknown_store(store_id: str) -> Store:
    """Return a store that was never set up: the default settings, its id as name, no instant of integration."""
    return Store(store_id=store_id, name=store_id)
