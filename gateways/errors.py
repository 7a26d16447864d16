"""Errors of the gateways.

PermanentError
├── UnreadableInputError     a document, row or file of Amazon's cannot be parsed: report it and continue with the rest
└── UnknownProductError      the catalog has no product of that SKU   (sku)
"""

from schemas.blockers import Remedy, RemedyKind
from schemas.errors import PermanentError


class UnknownProductError(PermanentError):
    """The catalog has no such product."""

    def __init__(self, sku: str) -> None:
        """Name the SKU that was not found."""
        super().__init__(f"There is no product {sku} in the catalog.", hint=Remedy(kind=RemedyKind.LIST_PRODUCTS))
        self.sku = sku


class UnreadableInputError(PermanentError):
    """A document, row or file of Amazon's is malformed or unknown. The message never repeats a personal value."""
