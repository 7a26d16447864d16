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

UPSTREAM_SYSTEM = "upstream"
COMMERCE = "commerce"
INTAKE = "intake"
RELAY = "relay"
"""Publishers beside the consumers: systems that report orders, Commerce's side, the intakes, which publish the
reports of both, and the relay, which publishes the requests of operators and the scheduler."""

_ORDER_CONSUMERS = tuple(consumer for consumer in CONSUMERS if consumer != "catalog-changed")
"""The consumers that change orders: any change may leave a request outstanding (`handlers.rules.order_state`)."""

PUBLISHERS: Mapping[str, tuple[str, ...]] = {
    "order.placed": (UPSTREAM_SYSTEM, INTAKE),
    "order.status_changed": (UPSTREAM_SYSTEM, INTAKE),
    "commerce.shipped": (UPSTREAM_SYSTEM, COMMERCE, INTAKE),
    "catalog.changed": (UPSTREAM_SYSTEM, COMMERCE, INTAKE, RELAY),
    "import.requested": (*_ORDER_CONSUMERS, RELAY),
    "shipment.confirmation_requested": (*_ORDER_CONSUMERS, RELAY),
    "completion.requested": (RELAY,),
    "cancel.requested": (*_ORDER_CONSUMERS, RELAY),
    "commerce.cancel_requested": (*_ORDER_CONSUMERS, RELAY),
    "reservation.requested": (*_ORDER_CONSUMERS, RELAY),
    "order.recorded": ("order-placed", "status-changed", RELAY),
    "order.updated": ("order-placed", "status-changed", "importer", RELAY),
    "order.imported": ("importer", RELAY),
    "order.blocked": ("importer", RELAY),
    "order.shipped": ("commerce-shipped", RELAY),
    "shipment.confirmed": ("confirmer", RELAY),
    "order.completed": ("importer", "completer", "commerce-canceller", RELAY),
    "order.cancel_sent": ("canceller", RELAY),
    "order.canceled": ("order-placed", "status-changed", "importer", RELAY),
    "commerce.canceled": ("commerce-canceller", RELAY),
    "stock.reserved": ("reserver", RELAY),
}
"""The parties that may publish each event; permissions of accounts on RabbitMQ follow from it (`events.accounts`)."""

INBOUND = tuple(name for name, publishers in PUBLISHERS.items() if UPSTREAM_SYSTEM in publishers)
"""Events that other systems publish."""

UPSTREAM = tuple(name for name in INBOUND if RELAY not in PUBLISHERS[name])
"""Events that other systems publish, and Crossdock never."""

REQUESTS = tuple(name for name in CONSUMERS.values() if name not in INBOUND)
"""Events by which Crossdock asks itself for something: nobody else may publish them."""


def urn(name: str) -> str:
    """Return an event's `dataschema`."""
    return f"urn:crossdock:{name}:{MAJOR_VERSION}"
