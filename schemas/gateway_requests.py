"""What Amazon and Commerce can be asked, and their answers. Every request may be made twice without harm."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.blockers import Cause
from schemas.money import Money
from schemas.order import CommerceOrder, OrderKey, Parcel, ParcelItem
from schemas.personal import PersonalData
from schemas.status import StockState
from schemas.store import CustomerCreation, OrderSettings


@dataclass(frozen=True, slots=True)
class ProductState:
    """A product of the Commerce catalog and its stock now. `salable` is None where stock is not managed."""

    sku: str
    enabled: bool
    stock: StockState
    salable: int | None = None


@dataclass(frozen=True, slots=True)
class LookUpOrder:
    """Ask Commerce for an order that already exists for an Amazon order, and for products by candidate SKUs and ASINs.

    `quantities` maps each candidate SKU to the pieces wanted, for the answer's stock state.
    """

    key: OrderKey
    store_view: str
    skus: tuple[str, ...]
    asins: tuple[str, ...]
    quantities: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OrderContents:
    """What a Commerce order was created with: pieces by Amazon's order item id, and the grand total."""

    quantities: Mapping[str, int]
    total: Money


@dataclass(frozen=True, slots=True)
class OrderLookup:
    """Commerce's answer: the order if there is one, products by SKU, and SKUs by ASIN.

    `contents` is what the order was created with, where Commerce tells.
    """

    commerce_order: CommerceOrder | None
    products: Mapping[str, ProductState]
    by_asin: Mapping[str, str]
    contents: OrderContents | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of the Commerce order to be created; amounts for the whole line, tax apart."""

    order_item_id: str
    sku: str
    title: str
    quantity: int
    price: Money
    tax: Money
    shipping: Money
    discount: Money


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """Ask Commerce to create the order of an Amazon order, once: the Amazon order id is the key of repetition.

    `number` is set when the store numbers by Amazon's order id. `reserve` says whether stock is reserved, `status`
    the status to give. `complete` marks an order that Amazon fulfilled.
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


@dataclass(frozen=True, slots=True)
class OrderCreated:
    """The Commerce order exists, made now or before (`adopted`), with its contents where Commerce tells them."""

    commerce_order: CommerceOrder
    adopted: bool = False
    contents: OrderContents | None = None


@dataclass(frozen=True, slots=True)
class RequestRefused:
    """The other side understood and will not: the reason in a sentence, and causes where they are known."""

    reason: str
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class CompleteOrder:
    """Ask Commerce to complete an order all of whose pieces were shipped."""

    key: OrderKey
    number: str


@dataclass(frozen=True, slots=True)
class CancelCommerceOrder:
    """Ask Commerce to cancel the order and release what is reserved for it; `number` absent: only the reservation."""

    key: OrderKey
    number: str | None


@dataclass(frozen=True, slots=True)
class ReserveStock:
    """Ask Commerce to hold these pieces, and no others, for an order that has no Commerce order yet; none: release."""

    key: OrderKey
    quantities: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ConfirmShipment:
    """Tell Amazon of a parcel and what is in it; the shipment id is the key, a repeat edits the parcel."""

    key: OrderKey
    marketplace_id: str
    parcel: Parcel
    items: tuple[ParcelItem, ...]


@dataclass(frozen=True, slots=True)
class CancelAmazonOrder:
    """Ask Amazon to cancel an unshipped order; Amazon's `Canceled` comes later, as a status."""

    key: OrderKey
    reason: str
    order_item_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The other side did it, now or before."""

    note: str = ""
    status: str | None = None


Request = (
    LookUpOrder | CreateOrder | CompleteOrder | CancelCommerceOrder | ReserveStock | ConfirmShipment | CancelAmazonOrder
)
Answer = OrderLookup | OrderCreated | RequestRefused | Accepted
