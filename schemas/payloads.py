"""The payload of each event, one model an event; its docstring is the event's documentation."""

from typing import Any, Self

from pydantic import ConfigDict, Field, model_validator

from schemas.amazon_report import MAX_ITEMS, Item, OrderFacts
from schemas.blockers import Cause
from schemas.fields import AmazonOrderId, Moment, Name, Text
from schemas.order import CommerceOrder, OrderKey, Shipment
from schemas.status import AmazonStatus, Channel, Status
from schemas.value import Value


class Payload(Value):
    """The data of an event. Unknown fields are kept and ignored."""

    model_config = ConfigDict(extra="allow")


class OrderPayload(Payload):
    """The data of an event about one Amazon order."""

    store_id: Name
    amazon_order_id: AmazonOrderId

    @classmethod
    def of(cls, key: OrderKey, **fields: Any) -> Self:
        """Return the payload about the order with this key. Raises ValidationError when *fields* do not fit."""
        return cls(store_id=key[0], amazon_order_id=key[1], **fields)


class AmazonReport(OrderFacts, OrderPayload):
    """An order as Amazon reports it at one instant, `last_update_date`."""

    @model_validator(mode="after")
    def _only_canceled_lines_are_empty(self) -> Self:
        """Refuse a quantity of 0 unless the order is canceled: Amazon reports canceled lines with quantity 0."""
        if self.status is not AmazonStatus.CANCELED and any(item.quantity == 0 for item in self.items or ()):
            raise ValueError("a quantity of 0 is only possible in a canceled order")
        return self

    @model_validator(mode="after")
    def _order_item_ids_are_unique(self) -> Self:
        ids = [item.order_item_id for item in self.items or ()]
        if len(ids) != len(set(ids)):
            raise ValueError("two items have the same order_item_id")
        return self


class OrderPlaced(AmazonReport):
    """An order was placed on Amazon. Published by upstream systems. Consumed by `order-placed`."""

    status: AmazonStatus = AmazonStatus.PENDING
    purchase_date: Moment
    marketplace_id: Name
    fulfillment_channel: Channel
    items: tuple[Item, ...] = Field(min_length=1, max_length=MAX_ITEMS)


class StatusChanged(AmazonReport):
    """An order's status or another fact changed on Amazon. Published by upstream. Consumed by `status-changed`."""


class CommerceShipped(Shipment, OrderPayload):
    """Commerce shipped one parcel of an order. Published by the Commerce side. Consumed by `commerce-shipped`."""


class ImportRequested(OrderPayload):
    """An order is to be imported into Commerce, if nothing blocks it. Consumed by `importer`."""


class ShipmentConfirmationRequested(OrderPayload):
    """A parcel is to be confirmed to Amazon. Consumed by `confirmer`."""

    shipment_id: Name


class CompletionRequested(OrderPayload):
    """The Commerce order of a shipped order is to be completed. Published by the scheduler. Consumed by `completer`."""


class CatalogChanged(Payload):
    """A Commerce product was created, changed, enabled or restocked. Consumed by `catalog-changed`."""

    sku: Name
    asin: Name | None = None


class CancelRequested(OrderPayload):
    """An operator wants an unshipped order canceled on Amazon, for one of Amazon's reasons. Consumed by `canceller`."""

    reason: Name


class CommerceCancelRequested(OrderPayload):
    """An order that Amazon canceled is to be canceled in Commerce. Consumed by `commerce-canceller`."""


class ReservationRequested(OrderPayload):
    """The stock reserved for an order is to follow the order's status and settings. Consumed by `reserver`."""


class OrderRecorded(OrderPayload):
    """An order was recorded in the Amazon orders table."""

    status: Status


class OrderUpdated(OrderPayload):
    """A recorded order changed."""

    status: Status


class OrderImported(OrderPayload):
    """The Commerce order exists."""

    commerce_order: CommerceOrder


class OrderBlocked(OrderPayload):
    """The Commerce order could not be created."""

    causes: tuple[Cause, ...]
    note: Text


class OrderShipped(OrderPayload):
    """Commerce shipped a parcel of the order."""

    shipment_id: Name
    status: Status


class ShipmentConfirmed(OrderPayload):
    """A parcel is confirmed to Amazon."""

    shipment_id: Name


class OrderCompleted(OrderPayload):
    """The Commerce order is complete."""


class OrderCancelSent(OrderPayload):
    """A cancellation was sent to Amazon, which has yet to report the order as canceled."""

    reason: Name


class OrderCanceled(OrderPayload):
    """Amazon reported the order as canceled."""


class CommerceCanceled(OrderPayload):
    """The Commerce order of a canceled order is canceled and its stock released."""


class StockReserved(OrderPayload):
    """Stock is reserved for a pending order."""
