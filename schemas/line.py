"""A line of an order, as the ledger stores it."""

from schemas.fields import Name
from schemas.money import Money
from schemas.value import Value


class OtherAmounts(Value):
    """The amounts that were reported for another quantity of a line, each with the stamp of its report."""

    quantity: int
    amounts: dict[Name, Money]
    stamps: dict[Name, int]


class Line(Value):
    """One line of an order; `sku` is the Commerce product found for it.

    Amounts are for the whole line, so for its `quantity` only. Those reported for other quantities are `other_amounts`,
    by quantity, kept because a later report may bring such a quantity back without its amounts.
    """

    order_item_id: Name
    seller_sku: Name
    sku: Name | None = None
    asin: Name | None = None
    title: str | None = None
    quantity: int
    quantity_shipped: int = 0
    item_price: Money | None = None
    item_tax: Money | None = None
    shipping_price: Money | None = None
    shipping_tax: Money | None = None
    discount: Money | None = None
    other_amounts: tuple[OtherAmounts, ...] = ()
