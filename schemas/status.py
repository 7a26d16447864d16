"""The states an order goes through: what Amazon says, what people are shown, and how far the import is."""

from enum import StrEnum


class Channel(StrEnum):
    """Who ships: MFN is the merchant (FBM), AFN is Amazon (FBA)."""

    MFN = "MFN"
    AFN = "AFN"


class AmazonStatus(StrEnum):
    """Order status in Amazon's words (Orders API v0, OrderStatus), in the order an order passes them.

    The place in this list settles which of two reports with the same last update time is the later one.
    """

    PENDING_AVAILABILITY = "PendingAvailability"
    PENDING = "Pending"
    INVOICE_UNCONFIRMED = "InvoiceUnconfirmed"
    UNSHIPPED = "Unshipped"
    PARTIALLY_SHIPPED = "PartiallyShipped"
    SHIPPED = "Shipped"
    UNFULFILLABLE = "Unfulfillable"
    CANCELED = "Canceled"

    @property
    def rank(self) -> int:
        """Place on the way of an order, 0 to 7."""
        return _RANKS[self]


_RANKS = {status: rank for rank, status in enumerate(AmazonStatus)}


class Status(StrEnum):
    """What people are shown: Amazon's words and two of ours, `Error` (blocked) and `Completed`."""

    PENDING_AVAILABILITY = "PendingAvailability"
    PENDING = "Pending"
    INVOICE_UNCONFIRMED = "InvoiceUnconfirmed"
    UNSHIPPED = "Unshipped"
    PARTIALLY_SHIPPED = "PartiallyShipped"
    SHIPPED = "Shipped"
    UNFULFILLABLE = "Unfulfillable"
    CANCELED = "Canceled"
    ERROR = "Error"
    COMPLETED = "Completed"


class ImportState(StrEnum):
    """How far an order's way into Commerce is."""

    NOT_DUE = "not_due"
    REQUESTED = "requested"
    BLOCKED = "blocked"
    IMPORTED = "imported"
    COMPLETED = "completed"
    VIEW_ONLY = "view_only"
    CANCELED = "canceled"


class StockState(StrEnum):
    """Stock of a product as the creation matrix knows it (order settings, Inventory Management integrations)."""

    IN_STOCK = "in_stock"
    OUT_OF_STOCK = "out_of_stock"
    NOT_MANAGED = "not_managed"
