"""The simulated shop's orders: at most one for each Amazon order, found by the Amazon order's key."""

from collections import Counter
from collections.abc import Collection, Mapping

from pydantic import BaseModel, ConfigDict

from gateways.simulator.documents import DocumentTransaction
from schemas.gateway_requests import CreateOrder, OrderContents, OrderLine
from schemas.money import Money
from schemas.order import CommerceOrder, CommerceState, OrderKey
from schemas.store import CustomerCreation

ORDER = "commerce.order"


class ShopLine(BaseModel):
    """A line of an order; the price is for the whole line."""

    model_config = ConfigDict(frozen=True)

    order_item_id: str
    sku: str
    quantity: int
    price: Money


class ShopOrder(BaseModel):
    """What the shop knows about one Amazon order, without personal data.

    Without a `number` there is no order yet, only stock held for it. `held` is the pieces reserved by SKU,
    `asked` how often the order was to be created, `by_amazon` marks one that Amazon fulfilled.
    """

    model_config = ConfigDict(frozen=True)

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
    held: dict[str, int] = {}
    shipments: tuple[str, ...] = ()
    asked: int = 0

    @property
    def key(self) -> OrderKey:
        """The Amazon order's key."""
        return self.store_id, self.amazon_order_id

    @property
    def commerce_order(self) -> CommerceOrder | None:
        """The order in the port's words, if there is one."""
        if self.number is None:
            return None
        return CommerceOrder(number=self.number, status=self.status, state=self.state)

    @property
    def contents(self) -> OrderContents | None:
        """What the order was created with, if there is one."""
        if self.total is None:
            return None
        return OrderContents({line.order_item_id: line.quantity for line in self.lines}, self.total)

    @property
    def is_open(self) -> bool:
        """Whether there is an order that is neither complete nor canceled."""
        return self.number is not None and self.state is CommerceState.OPEN

    @property
    def pieces(self) -> Counter[str]:
        """Pieces ordered by SKU."""
        return quantities_by_sku(self.lines)

    @property
    def skus(self) -> set[str]:
        """Products whose stock the order touches."""
        return {*self.held, *self.pieces}


def new_order(request: CreateOrder, number: str, held: dict[str, int]) -> ShopOrder:
    """Return the order that a request describes, with these pieces held for it."""
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
        held=held,
        asked=1,
    )


def quantities_by_sku(lines: Collection[ShopLine | OrderLine]) -> Counter[str]:
    """Return the pieces by SKU over all lines; several lines may be of one product."""
    pieces: Counter[str] = Counter()
    for line in lines:
        pieces[line.sku] += line.quantity
    return pieces


def order_id(key: OrderKey) -> str:
    """Return the key under which an order's document is kept."""
    return f"{key[0]}/{key[1]}"


def read_orders(book: DocumentTransaction, keys: Collection[OrderKey]) -> dict[OrderKey, ShopOrder]:
    """Return what the shop knows of these Amazon orders."""
    found = book.get_many(ORDER, sorted({order_id(key) for key in keys}), lock=False) if keys else {}
    orders = (ShopOrder.model_validate(document) for document in found.values())
    return {order.key: order for order in orders}


def write_orders(book: DocumentTransaction, orders: Mapping[OrderKey, ShopOrder]) -> None:
    """Write orders in place of those that were there."""
    if orders:
        book.put_many(ORDER, {order_id(key): order.model_dump(mode="json") for key, order in orders.items()})
