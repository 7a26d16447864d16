"""A line of an order, as the ledger stores it."""

from pydantic import BaseModel, ConfigDict

from schemas.fields import Name
from schemas.money import Money


class Line(BaseModel):
    """One line of an order. Amounts are for the whole line; `sku` is the Commerce product found for it."""

    model_config = ConfigDict(frozen=True)

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
