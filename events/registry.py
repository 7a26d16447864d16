"""Every event by its name on the wire. Names may be added; the meaning of a name never changes."""

from collections.abc import Mapping

from schemas import payloads
from schemas.payloads import Payload

MAJOR_VERSION = 1
"""Major version of all schemas so far, the last part of `urn:crossdock:order.placed:1`."""

PAYLOADS: Mapping[str, type[Payload]] = {
    "order.placed": payloads.OrderPlaced,
    "order.status_changed": payloads.StatusChanged,
    "commerce.shipped": payloads.CommerceShipped,
    "import.requested": payloads.ImportRequested,
    "shipment.confirmation_requested": payloads.ShipmentConfirmationRequested,
    "completion.requested": payloads.CompletionRequested,
    "catalog.changed": payloads.CatalogChanged,
    "cancel.requested": payloads.CancelRequested,
    "commerce.cancel_requested": payloads.CommerceCancelRequested,
    "reservation.requested": payloads.ReservationRequested,
    "order.recorded": payloads.OrderRecorded,
    "order.updated": payloads.OrderUpdated,
    "order.imported": payloads.OrderImported,
    "order.blocked": payloads.OrderBlocked,
    "order.shipped": payloads.OrderShipped,
    "shipment.confirmed": payloads.ShipmentConfirmed,
    "order.completed": payloads.OrderCompleted,
    "order.cancel_sent": payloads.OrderCancelSent,
    "order.canceled": payloads.OrderCanceled,
    "commerce.canceled": payloads.CommerceCanceled,
    "stock.reserved": payloads.StockReserved,
}

NAMES: Mapping[type[Payload], str] = {model: name for name, model in PAYLOADS.items()}

CONSUMERS: Mapping[str, str] = {
    "order-placed": "order.placed",
    "status-changed": "order.status_changed",
    "commerce-shipped": "commerce.shipped",
    "importer": "import.requested",
    "confirmer": "shipment.confirmation_requested",
    "completer": "completion.requested",
    "catalog-changed": "catalog.changed",
    "canceller": "cancel.requested",
    "commerce-canceller": "commerce.cancel_requested",
    "reserver": "reservation.requested",
}
"""Each consumer, which is its queue's name too, and the one event it consumes."""

ANNOUNCEMENTS = tuple(name for name in PAYLOADS if name not in CONSUMERS.values())
"""Events that no consumer of Crossdock's consumes: for queues that other systems bind."""

UPSTREAM = ("order.placed", "order.status_changed", "commerce.shipped")
"""Events that upstream systems publish, and Crossdock never."""


def urn(name: str) -> str:
    """Return an event's `dataschema`."""
    return f"urn:crossdock:{name}:{MAJOR_VERSION}"
