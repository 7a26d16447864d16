"""The states of an order: Amazon's status, the status shown to people, and the import state."""

from enum import StrEnum


class Channel(StrEnum):
    """The party that ships: MFN is the merchant (FBM), AFN is Amazon (FBA)."""

    MFN = "MFN"
    AFN = "AFN"


class AmazonStatus(StrEnum):
    """An order's status at Amazon (Orders API v0, OrderStatus), in the sequence in which an order passes them.

    Of two reports with the same last update time the one with the higher rank is the later one. `InvoiceUnconfirmed` is
    after `PartiallyShipped`, since all items were shipped, and before `Shipped`, since the seller has yet to confirm
    the invoice (Orders API v0, getOrders, OrderStatuses).
    """

    PENDING_AVAILABILITY = "PendingAvailability"
    PENDING = "Pending"
    UNSHIPPED = "Unshipped"
    PARTIALLY_SHIPPED = "PartiallyShipped"
    INVOICE_UNCONFIRMED = "InvoiceUnconfirmed"
    SHIPPED = "Shipped"
    UNFULFILLABLE = "Unfulfillable"
    CANCELED = "Canceled"

    @property
    def rank(self) -> int:
        """The position in the sequence of statuses, 0 to 7."""
        return _RANKS[self]

    @property
    def meaning(self) -> str:
        """The meaning of the status, in a sentence."""
        return _MEANINGS[self]


_RANKS = {status: rank for rank, status in enumerate(AmazonStatus)}

_MEANINGS = {
    AmazonStatus.PENDING_AVAILABILITY: "A pre-order: the item is released later, and the payment is not authorized.",
    AmazonStatus.PENDING: "The order was placed, and the payment is not authorized yet.",
    AmazonStatus.UNSHIPPED: "The payment is authorized, and no item was shipped yet.",
    AmazonStatus.PARTIALLY_SHIPPED: "Some of the items were shipped, but not all.",
    AmazonStatus.INVOICE_UNCONFIRMED: (
        "All items were shipped, and Amazon has no confirmation yet that the invoice was sent to the buyer."
    ),
    AmazonStatus.SHIPPED: "All items were shipped.",
    AmazonStatus.UNFULFILLABLE: (
        "The order cannot be fulfilled; only orders that Amazon ships and did not sell (Multi-Channel Fulfillment) "
        "get this status."
    ),
    AmazonStatus.CANCELED: "The order was canceled.",
}
"""After the Orders API v0 (getOrders, OrderStatuses) and 2026-01-01 (FulfillmentStatus)."""


class Status(StrEnum):
    """The status shown to people: Amazon's, and two that Amazon does not have, `Error` (blocked) and `Completed`.

    It repeats the members of AmazonStatus, because an enumeration with members cannot be extended, and type checkers
    do not see the members of a computed one.
    """

    PENDING_AVAILABILITY = "PendingAvailability"
    PENDING = "Pending"
    UNSHIPPED = "Unshipped"
    PARTIALLY_SHIPPED = "PartiallyShipped"
    INVOICE_UNCONFIRMED = "InvoiceUnconfirmed"
    SHIPPED = "Shipped"
    UNFULFILLABLE = "Unfulfillable"
    CANCELED = "Canceled"
    ERROR = "Error"
    COMPLETED = "Completed"


class ImportState(StrEnum):
    """The state of an order's import into Commerce."""

    NOT_DUE = "not_due"
    REQUESTED = "requested"
    BLOCKED = "blocked"
    IMPORTED = "imported"
    COMPLETED = "completed"
    VIEW_ONLY = "view_only"
    CANCELED = "canceled"


class StockState(StrEnum):
    """A product's stock in the terms of the creation matrix (order settings, Inventory Management integrations)."""

    IN_STOCK = "in_stock"
    OUT_OF_STOCK = "out_of_stock"
    NOT_MANAGED = "not_managed"
