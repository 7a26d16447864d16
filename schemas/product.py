"""A product of the Commerce catalog."""

from typing import TypedDict

from pydantic import ConfigDict

from schemas.fields import Name
from schemas.value import Value


class Product(Value):
    """A product. `quantity` is the pieces on hand, `reserved` those promised of them; both need `managed` stock."""

    model_config = ConfigDict(extra="forbid")

    sku: Name
    name: Name
    asin: Name | None = None
    enabled: bool = True
    managed: bool = True
    quantity: int = 0
    reserved: int = 0

    @property
    def salable(self) -> int | None:
        """Pieces that can still be sold, below 0 when oversold; None where stock is not managed."""
        return self.quantity - self.reserved if self.managed else None


class ProductFacts(TypedDict, total=False):
    """The facts of a product that can be changed."""

    name: str
    asin: str | None
    enabled: bool
    managed: bool
    quantity: int
