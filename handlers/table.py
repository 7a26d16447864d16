"""The table of the handlers by event."""

from collections.abc import Mapping

from handlers import (
    cancel_commerce_order,
    cancel_order,
    change_status,
    complete_order,
    confirm_shipment,
    import_order,
    record_order,
    reserve_stock,
    ship_order,
    wake_orders,
)
from handlers.decision import Handler
from schemas import payloads
from schemas.payloads import Payload

HANDLERS: Mapping[type[Payload], Handler] = {
    payloads.OrderPlaced: Handler(record_order.decide, reads_personal=True),
    payloads.StatusChanged: Handler(change_status.decide, reads_personal=True),
    payloads.CommerceShipped: Handler(ship_order.decide),
    payloads.ImportRequested: Handler(import_order.decide, import_order.ask, reads_personal=True),
    payloads.ShipmentConfirmationRequested: Handler(confirm_shipment.decide, confirm_shipment.ask),
    payloads.CompletionRequested: Handler(complete_order.decide, complete_order.ask),
    payloads.CatalogChanged: Handler(wake_orders.decide),
    payloads.CancelRequested: Handler(cancel_order.decide, cancel_order.ask),
    payloads.CommerceCancelRequested: Handler(cancel_commerce_order.decide, cancel_commerce_order.ask),
    payloads.ReservationRequested: Handler(reserve_stock.decide, reserve_stock.ask),
}
