"""What each event says: one model an event; its docstring is the event's documentation."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.amazon_report import MOST_ITEMS, Item, OrderFacts
from schemas.blockers import Cause
from schemas.fields import AmazonOrderId, Moment, Name, Text
from schemas.order import CommerceOrder, ParcelItem
from schemas.status import AmazonStatus, Channel, Status


class Payload(BaseModel):
    """The data of an event. Fields that are not known are kept and ignored."""

    model_config = ConfigDict(frozen=True, extra="allow")


class OrderPayload(Payload):
    """The data of an event about one Amazon order."""

    store_id: Name
    amazon_order_id: AmazonOrderId


class AmazonReport(OrderFacts, OrderPayload):
    """What Amazon says about an order at one instant, `last_update_date`."""

    @model_validator(mode="after")
    def _only_canceled_lines_are_empty(self) -> Self:
        """Refuse a quantity of 0 unless the order is canceled; Amazon writes canceled lines so."""
        if self.status is not AmazonStatus.CANCELED and any(item.quantity == 0 for item in self.items or ()):
            raise ValueError("a quantity of 0 is only possible in a canceled order")
        return self

    @model_validator(mode="after")
    def _lines_are_told_apart(self) -> Self:
        ids = [item.order_item_id for item in self.items or ()]
        if len(ids) != len(set(ids)):
            raise ValueError("two items have the same order_item_id")
        return self


class OrderPlaced(AmazonReport):
    """An order was placed on Amazon. Published by upstream systems; taken by `order-placed`."""

    status: AmazonStatus = AmazonStatus.PENDING
    purchase_date: Moment
    marketplace_id: Name
    fulfillment_channel: Channel
    items: tuple[Item, ...] = Field(min_length=1, max_length=MOST_ITEMS)


class StatusChanged(AmazonReport):
    """An order's status or another of its facts changed on Amazon. Published by upstream; taken by `status-changed`."""


class CommerceShipped(OrderPayload):
    """Commerce shipped one parcel of an order. Without `items` the parcel holds everything that is left."""

    shipment_id: Name
    shipped_at: Moment
    carrier_code: Name
    carrier_name: Name | None = None
    shipping_method: Name | None = None
    tracking_number: Name
    items: tuple[ParcelItem, ...] | None = Field(default=None, min_length=1)


class ImportRequested(OrderPayload):
    """An order is to be created in Commerce, if it can be. Taken by `importer`."""


class ShipmentConfirmationRequested(OrderPayload):
    """Amazon is to be told of a parcel. Taken by `confirmer`."""

    shipment_id: Name


class CompletionRequested(OrderPayload):
    """The Commerce order of a shipped order is to be completed. Said by the clock; taken by `completer`."""


class CatalogChanged(Payload):
    """A product of the Commerce catalog was created, changed, enabled or restocked. Taken by `catalog-changed`."""

    sku: Name
    asin: Name | None = None


class CancelRequested(OrderPayload):
    """An operator wants an unshipped order canceled on Amazon, for one of Amazon's reasons. Taken by `canceller`."""

    reason: Name


class CommerceCancelRequested(OrderPayload):
    """The Commerce side of an order that Amazon canceled is to be undone. Taken by `commerce-canceller`."""


class ReservationRequested(OrderPayload):
    """The stock held for an order that is not imported is to follow its status and settings. Taken by `reserver`."""


class OrderRecorded(OrderPayload):
    """An order was seen for the first time and is in the Amazon orders table."""

    status: Status


class OrderUpdated(OrderPayload):
    """What is known of an order changed."""

    status: Status


class OrderImported(OrderPayload):
    """The Commerce order exists."""

    commerce_order: CommerceOrder


class OrderBlocked(OrderPayload):
    """The Commerce order could not be created."""

    causes: tuple[Cause, ...]
    note: Text


class OrderShipped(OrderPayload):
    """A parcel of the order left."""

    shipment_id: Name
    status: Status


class ShipmentConfirmed(OrderPayload):
    """Amazon knows of a parcel."""

    shipment_id: Name


class OrderCompleted(OrderPayload):
    """The Commerce order is complete."""


class OrderCancelSent(OrderPayload):
    """Amazon was asked to cancel an order and has yet to say that it did."""

    reason: Name


class OrderCanceled(OrderPayload):
    """Amazon says that the order is canceled."""


class CommerceCanceled(OrderPayload):
    """The Commerce order of a canceled order is canceled and its stock released."""


class StockReserved(OrderPayload):
    """Stock is held for a pending order."""
