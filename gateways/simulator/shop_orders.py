"""The simulated Commerce's orders: at most one for each Amazon order, found by the Amazon order's key."""

from collections import Counter
from collections.abc import Collection, Mapping

from pydantic import Field

from gateways.simulator.documents import DocumentTransaction
from schemas.gateway_requests import CreateOrder, OrderContents, OrderLine
from schemas.instructions import Instruction
from schemas.money import Money
from schemas.order import CommerceOrder, CommerceState, OrderKey
from schemas.store import CustomerCreation
from schemas.value import Value

ORDER = "commerce.order"


class ShopLine(Value):
    """A line of an order; the price is for the whole line."""

    order_item_id: str
    sku: str
    quantity: int
    price: Money


class ShopOrder(Value):
    """The Commerce order of an Amazon order, or a reservation for one, without personal data.

    Without a `number` there is no order yet, only reserved stock. `held` are the quantities reserved, by SKU; `asked`
    counts the requests to create it, `address_changes` those to change its address. `by_amazon`: Amazon fulfilled it.
    `comments` are the instructions it was created with, of personal ones only their kind.
    """

    store_id: str
    amazon_order_id: str
    number: str | None = None
    status: str = ""
    state: CommerceState = CommerceState.OPEN
    lines: tuple[ShopLine, ...] = ()
    total: Money | None = None
    store_view: str | None = None
    customer: CustomerCreation | None = None
    by_amazon: bool = False
    comments: tuple[str, ...] = ()
    held: dict[str, int] = Field(default_factory=dict)
    shipments: tuple[str, ...] = ()
    asked: int = 0
    address_changes: int = 0

    @property
    def key(self) -> OrderKey:
        """The Amazon order's key."""
        return self.store_id, self.amazon_order_id

    @property
    def commerce_order(self) -> CommerceOrder | None:
        """The order as the port returns it, None when there is only a reservation."""
        if self.number is None:
            return None
        return CommerceOrder(number=self.number, status=self.status, state=self.state)

    @property
    def contents(self) -> OrderContents | None:
        """The contents the order was created with, None when there is only a reservation."""
        if self.total is None:
            return None
        return OrderContents({line.order_item_id: line.quantity for line in self.lines}, self.total)

    @property
    def is_open(self) -> bool:
        """Whether the order exists and is neither complete nor canceled."""
        return self.number is not None and self.state is CommerceState.OPEN

    @property
    def quantities(self) -> Counter[str]:
        """The quantities ordered, by SKU."""
        return quantities_by_sku(self.lines)

    @property
    def skus(self) -> set[str]:
        """The SKUs of the products whose stock the order changes."""
        return {*self.held, *self.quantities}


def new_order(request: CreateOrder, number: str, reserved: dict[str, int]) -> ShopOrder:
    """Return the order that a request describes, with these quantities reserved for it."""
    return ShopOrder(
        store_id=request.key[0],
        amazon_order_id=request.key[1],
        number=number,
        status=request.status,
        state=CommerceState.COMPLETE if request.complete else CommerceState.OPEN,
        lines=tuple(
            ShopLine(order_item_id=line.order_item_id, sku=line.sku, quantity=line.quantity, price=line.price)
            for line in request.lines
        ),
        total=request.total,
        store_view=request.settings.commerce_store_view,
        customer=request.customer,
        by_amazon=request.complete,
        comments=tuple(_comment(instruction) for instruction in request.instructions),
        held=reserved,
        asked=1,
    )


def _comment(instruction: Instruction) -> str:
    return f"{instruction.name} (personal)" if instruction.is_personal else instruction.text


def quantities_by_sku(lines: Collection[ShopLine | OrderLine]) -> Counter[str]:
    """Return the quantities of all lines, by SKU; several lines may have the same product."""
    quantities: Counter[str] = Counter()
    for line in lines:
        quantities[line.sku] += line.quantity
    return quantities


def order_id(key: OrderKey) -> str:
    """Return the key under which an order's document is kept."""
    return f"{key[0]}/{key[1]}"


def read_orders(transaction: DocumentTransaction, keys: Collection[OrderKey]) -> dict[OrderKey, ShopOrder]:
    """Return those of the orders that exist, by the Amazon order's key."""
    documents = transaction.get_many(ORDER, sorted({order_id(key) for key in keys}), lock=False) if keys else {}
    orders = (ShopOrder.model_validate(document) for document in documents.values())
    return {order.key: order for order in orders}


def write_orders(transaction: DocumentTransaction, orders: Mapping[OrderKey, ShopOrder]) -> None:
    """Write orders, replacing those that exist."""
    if orders:
        transaction.put_many(ORDER, {order_id(key): order.model_dump(mode="json") for key, order in orders.items()})
