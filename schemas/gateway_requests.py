"""Requests to Amazon and Commerce, and their answers. Every request is idempotent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from schemas.blockers import Cause
from schemas.instructions import Instruction
from schemas.money import Money
from schemas.order import CommerceOrder, OrderKey, Parcel, ParcelItem
from schemas.payloads import StatusChanged
from schemas.personal import PersonalData
from schemas.status import StockState
from schemas.store import CustomerCreation, OrderSettings


class ProductIdentity(NamedTuple):
    """The id and the type of a product in Commerce, which an order's item has beside the SKU."""

    product_id: int
    product_type: str


@dataclass(frozen=True, slots=True)
class ProductState:
    """A product of the Commerce catalog and its stock now. `salable` is None where stock is not managed."""

    sku: str
    enabled: bool
    stock: StockState
    salable: int | None = None
    identity: ProductIdentity | None = None


@dataclass(frozen=True, slots=True)
class LookUpOrder:
    """Look up the Commerce order of an Amazon order, if there is one, and products by candidate SKUs and ASINs.

    `quantities` maps each candidate SKU to the quantity ordered, for the stock state in the answer. `is_final`: nobody
    looks again if there is no order, so a creation that may still be under way is awaited, by a RetryableError.
    """

    key: OrderKey
    store_view: str
    skus: tuple[str, ...]
    asins: tuple[str, ...]
    quantities: Mapping[str, int]
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class OrderContents:
    """The contents that a Commerce order was created with: quantities by order item id, and the grand total."""

    quantities: Mapping[str, int]
    total: Money


@dataclass(frozen=True, slots=True)
class OrderLookup:
    """Commerce's answer: the order if there is one, products by SKU, and SKUs by ASIN.

    `contents` is None also where Commerce does not report an order's contents. `is_placed_only`: the order reserves
    its stock, and has neither Amazon's id nor its amounts yet; CreateOrder gives it both. `address_stamp` is that of
    the address it was created with, None where that is not known. `is_untried`: no attempt at creating it was begun.
    """

    commerce_order: CommerceOrder | None
    products: Mapping[str, ProductState]
    by_asin: Mapping[str, str]
    contents: OrderContents | None = None
    is_placed_only: bool = False
    address_stamp: int | None = None
    is_untried: bool = False


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of the Commerce order to be created; amounts are for the whole line and without tax.

    `identity` is the product's as it was looked up; without one it is looked up again.
    """

    order_item_id: str
    sku: str
    title: str
    quantity: int
    price: Money
    tax: Money
    shipping: Money
    discount: Money
    identity: ProductIdentity | None = None


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """Create the Commerce order of an Amazon order; `key` is the idempotency key.

    `number` is set when the store numbers by Amazon's order id. `reserve`: stock is reserved for the lines. `status` is
    the status of the created order. `complete`: Amazon fulfilled the order, so it is created complete. `instructions`
    are for the order's comments, personal ones with their values. `address_stamp` is that of the shipping address.
    `is_found`: a look-up has found the order; it is given what it lacks, and none is created. `is_untried`: as the
    look-up has it; an attempt that another process has begun since then is still awaited.
    """

    key: OrderKey
    settings: OrderSettings
    number: str | None
    status: str
    complete: bool
    reserve: bool
    lines: tuple[OrderLine, ...]
    total: Money
    personal: PersonalData
    customer: CustomerCreation
    instructions: tuple[Instruction, ...] = ()
    address_stamp: int = 0
    is_found: bool = False
    is_untried: bool = False


@dataclass(frozen=True, slots=True)
class OrderCreated:
    """The Commerce order exists, created now or before (`adopted`); its contents where Commerce reports them."""

    commerce_order: CommerceOrder
    adopted: bool = False
    contents: OrderContents | None = None


@dataclass(frozen=True, slots=True)
class RequestRefused:
    """The other side refused the request: the reason in a sentence, and causes where they are known."""

    reason: str
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class GetAmazonOrder:
    """Get an order from Amazon as it is now (Orders API, getOrder), with its items and their amounts."""

    key: OrderKey
    marketplace_id: str


@dataclass(frozen=True, slots=True)
class AmazonOrder:
    """The order as Amazon reports it now."""

    report: StatusChanged


@dataclass(frozen=True, slots=True)
class CompleteOrder:
    """Complete a Commerce order, all of which was shipped."""

    key: OrderKey
    number: str


@dataclass(frozen=True, slots=True)
class CancelCommerceOrder:
    """Cancel a Commerce order and release its reserved stock; without `number`, release the stock only."""

    key: OrderKey
    number: str | None


@dataclass(frozen=True, slots=True)
class ChangeAddress:
    """Give an open Commerce order another shipping address, to be billed to as well."""

    key: OrderKey
    number: str
    personal: PersonalData


@dataclass(frozen=True, slots=True)
class ReserveStock:
    """Reserve exactly these quantities by SKU for an order without Commerce order; none of them: release all."""

    key: OrderKey
    quantities: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ConfirmShipment:
    """Confirm a parcel and its contents to Amazon; a repeat with the same shipment id edits the parcel there."""

    key: OrderKey
    marketplace_id: str
    parcel: Parcel
    items: tuple[ParcelItem, ...]


@dataclass(frozen=True, slots=True)
class CancelAmazonOrder:
    """Cancel an unshipped order at Amazon, which reports the status `Canceled` later."""

    key: OrderKey
    reason: str
    order_item_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The other side carried out the request, now or before."""

    note: str = ""
    status: str | None = None


AmazonRequest = ConfirmShipment | CancelAmazonOrder | GetAmazonOrder
"""The requests to Amazon; all others are to Commerce."""

Request = (
    LookUpOrder
    | CreateOrder
    | CompleteOrder
    | CancelCommerceOrder
    | ChangeAddress
    | ReserveStock
    | ConfirmShipment
    | CancelAmazonOrder
    | GetAmazonOrder
)
Answer = OrderLookup | OrderCreated | AmazonOrder | RequestRefused | Accepted
