"""Products, listings and matches as operations return them."""

from pydantic import computed_field

from schemas.fields import Moment
from schemas.product import Product
from schemas.value import Value


class ProductDetails(Product):
    """A product with its `salable` pieces: below 0 when oversold, None where stock is not managed."""

    @computed_field  # type: ignore[prop-decorator] # mypy knows no decorated property
    @property
    def salable(self) -> int | None:
        """Pieces that can still be sold."""
        return super().salable


def details_of(product: Product) -> ProductDetails:
    """Return a product with its salable pieces."""
    return ProductDetails.model_validate(product.model_dump())


class Listing(Value):
    """A listing on Amazon, as orders name it."""

    store_id: str
    seller_sku: str
    asin: str | None
    title: str | None
    orders: int
    """The number of recorded orders that have it."""
    last_order: str | None
    """The Amazon order id of the order that was purchased last; the title is that of its line."""
    last_at: Moment | None
    """When that was."""
    matched: str | None = None
    """The SKU of its manual match, whether the catalog has that product or not."""
    product: str | None = None
    """The SKU of the product that it resolves to."""


class ListingMatch(Value):
    """A listing and the product that it is matched to."""

    store_id: str
    seller_sku: str
    sku: str


class MatchResult(Value):
    """A match that was changed; `sku` is None when it was removed."""

    store_id: str
    seller_sku: str
    sku: str | None
    imports_requested: int
    """The number of waiting orders that are imported again."""


class BrokenLine(Value):
    """A line of a product file that was refused, by its number, counted from 1."""

    line: int
    reason: str


class ImportResult(Value):
    """The result of a product file: the number of products saved and of lines refused, and the first of those."""

    saved: int
    refused: int
    broken_lines: tuple[BrokenLine, ...] = ()
    """At most `REFUSALS` of the refused lines."""
