"""The states of an order: Amazon's status, the status shown to people, and the import state."""

from enum import StrEnum


class Channel(StrEnum):
    """Who ships: MFN is the merchant (FBM), AFN is Amazon (FBA)."""

    MFN = "MFN"
    AFN = "AFN"


class AmazonStatus(StrEnum):
    """An order's status at Amazon (Orders API v0, OrderStatus), in the sequence in which an order passes them.

    Of two reports with the same last update time the one with the higher rank is the later one.
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
        """The position in the sequence of statuses, 0 to 7."""
        return _RANKS[self]


_RANKS = {status: rank for rank, status in enumerate(AmazonStatus)}


class Status(StrEnum):
    """The status shown to people: Amazon's, and two that Amazon does not have, `Error` (blocked) and `Completed`.

    It repeats the members of AmazonStatus, because an enumeration with members cannot be extended, and type checkers
    do not see the members of a computed one.
    """

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
    """How far the import of an order into Commerce is."""

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
