"""Where an order stands: the status people see, how far its import is, and what is still to be asked for.

All of it is derived from what is known, never from what arrived last, so that every order of arrival gives the same.
"""

from typing import Any

from handlers.rules.creation_matrix import cell, cell_without_inventory_management
from handlers.rules.parcels import contents, has_shrunk, needs_confirmation, shipped_quantities
from schemas import payloads
from schemas.order import CommerceState, Order
from schemas.payloads import Payload
from schemas.status import AmazonStatus, Channel, ImportState, Status, StockState
from schemas.store import Store

_UNCREATED = {ImportState.NOT_DUE, ImportState.BLOCKED}
_BARE = {*_UNCREATED, ImportState.VIEW_ONLY}
_CONFIRMABLE = {AmazonStatus.UNSHIPPED, AmazonStatus.PARTIALLY_SHIPPED, AmazonStatus.SHIPPED}


def derive(order: Order, store: Store, **changes: Any) -> Order:
    """Return the order with these changes, and with all that is derived as its facts then demand."""
    after = order.model_copy(update=changes)
    state = _import_state(after, store)
    # Nobody else has this copy yet, so that what is derived is set without making another.
    vars(after).update(
        import_state=state,
        blockers=after.blockers if state is ImportState.BLOCKED else (),
        status=_status(after, state),
        reserved_quantities=after.reserved_quantities if after.stock_reserved else None,
        completable=state is ImportState.IMPORTED and is_shipped(after) and not is_canceled(after),
    )
    return after


def is_view_only(order: Order, store: Store) -> bool:
    """Tell whether a person, the store's settings, or its integration after the order keep it out of Commerce."""
    return order.discarded is not None or not store.settings.import_orders or is_before_integration(order, store)


def is_before_integration(order: Order, store: Store) -> bool:
    """Tell whether the order was bought before the store's integration."""
    return store.integrated_at is not None and order.purchase_date < store.integrated_at


def is_canceled(order: Order) -> bool:
    """Tell whether Amazon says that the order is canceled."""
    return order.amazon_status is AmazonStatus.CANCELED


def is_shipped(order: Order) -> bool:
    """Tell whether Commerce shipped every piece of the order."""
    if not order.parcels:
        return False
    shipped = shipped_quantities(order)
    return all(shipped[line.order_item_id] >= line.quantity for line in order.lines)


def may_import(order: Order, store: Store) -> bool:
    """Tell whether the creation matrix would create the order if its products were in stock."""
    status = Status(order.amazon_status)
    if store.settings.inventory_management:
        return cell(order.fulfillment_channel, StockState.IN_STOCK, status).create
    return cell_without_inventory_management(order.fulfillment_channel, status, reserve_quantity=False).create


def _import_state(order: Order, store: Store) -> ImportState:
    if order.commerce_order is not None:
        return {
            CommerceState.OPEN: ImportState.IMPORTED,
            CommerceState.COMPLETE: ImportState.COMPLETED,
            CommerceState.CANCELED: ImportState.CANCELED,
        }[order.commerce_order.state]
    if is_canceled(order):
        return ImportState.CANCELED
    if is_view_only(order, store):
        return ImportState.VIEW_ONLY
    if not may_import(order, store):
        return ImportState.NOT_DUE
    return ImportState.BLOCKED if order.blockers else ImportState.REQUESTED


def _status(order: Order, state: ImportState) -> Status:
    if is_canceled(order):
        return Status.CANCELED
    if state is ImportState.BLOCKED:
        return Status.ERROR
    if state is ImportState.COMPLETED:
        return Status.COMPLETED
    by_parcels = _status_by_parcels(order)
    told = order.amazon_status
    return Status(by_parcels if by_parcels and by_parcels.rank > told.rank else told)


def _status_by_parcels(order: Order) -> AmazonStatus | None:
    """Return how far the parcels of Commerce have brought the order, if there are any."""
    if not any(contents(order).values()):
        return None
    return AmazonStatus.SHIPPED if is_shipped(order) else AmazonStatus.PARTIALLY_SHIPPED


def outstanding(order: Order, store: Store) -> tuple[Payload, ...]:
    """Return what must be asked for, and has not been answered, in the order's present state."""
    return (
        *_import(order),
        *_confirmations(order),
        *_commerce_cancel(order),
        *reservation_request(order, store),
        *_amazon_cancel(order),
    )


def follow_ups(before: Order | None, after: Order, store: Store) -> tuple[Payload, ...]:
    """Return what a change makes necessary: what is outstanding after it and was not before."""
    wanted = outstanding(after, store)
    asked = outstanding(before, store) if before and wanted else ()
    return tuple(payload for payload in wanted if payload not in asked)


def _key(order: Order) -> dict[str, str]:
    return {"store_id": order.store_id, "amazon_order_id": order.amazon_order_id}


def _import(order: Order) -> list[Payload]:
    wanted = order.import_state is ImportState.REQUESTED
    return [payloads.ImportRequested(**_key(order))] if wanted else []


def unconfirmed(order: Order) -> list[str]:
    """Return the shipment ids of parcels that Amazon must be told of next, anew where their contents changed.

    Those that hold less than Amazon believes come first, alone: it takes no more pieces than were ordered.
    """
    if not _is_confirmable(order):
        return []
    packed = contents(order)
    untold = [parcel for parcel in order.parcels if needs_confirmation(parcel, packed[parcel.shipment_id])]
    shrunk = [parcel for parcel in untold if has_shrunk(packed[parcel.shipment_id], parcel.confirmed_items or ())]
    return [parcel.shipment_id for parcel in shrunk or untold]


def confirmed(order: Order) -> list[str]:
    """Return the shipment ids of parcels that Amazon knows, and what is in them, as they are now."""
    if not _is_confirmable(order):
        return []
    packed = contents(order)
    holding = [parcel for parcel in order.parcels if packed[parcel.shipment_id]]
    return [one.shipment_id for one in holding if not needs_confirmation(one, packed[one.shipment_id])]


def _is_confirmable(order: Order) -> bool:
    by_merchant = order.fulfillment_channel is Channel.MFN
    return bool(order.parcels) and by_merchant and order.amazon_status in _CONFIRMABLE


def _confirmations(order: Order) -> list[Payload]:
    return [
        payloads.ShipmentConfirmationRequested(**_key(order), shipment_id=shipment_id)
        for shipment_id in unconfirmed(order)
    ]


def must_cancel_in_commerce(order: Order) -> bool:
    """Tell whether Commerce still holds an open order, or stock, for an order that Amazon canceled."""
    is_open = order.commerce_order is not None and order.commerce_order.state is CommerceState.OPEN
    return is_canceled(order) and (is_open or order.stock_reserved)


def _commerce_cancel(order: Order) -> list[Payload]:
    return [payloads.CommerceCancelRequested(**_key(order))] if must_cancel_in_commerce(order) else []


def must_reserve(order: Order, store: Store) -> bool:
    """Tell whether stock is to be held for an order that is pending or blocked (legacy: "Reserve Quantity")."""
    settings = store.settings
    if settings.inventory_management or order.import_state not in _UNCREATED:
        return False
    # An order whose invoice is unconfirmed is still on its way from Pending to Unshipped.
    is_pending = order.amazon_status is AmazonStatus.INVOICE_UNCONFIRMED
    status = Status.PENDING if is_pending else Status(order.amazon_status)
    legacy = cell_without_inventory_management(
        order.fulfillment_channel, status, reserve_quantity=settings.reserve_quantity
    )
    return legacy.reserve


def reservation_request(order: Order, store: Store) -> list[Payload]:
    """Return what is asked for when the stock held is not what is to be held; an import under way takes it over."""
    is_wrong = order.stock_reserved is not must_reserve(order, store) or reservation_is_stale(order)
    return [payloads.ReservationRequested(**_key(order))] if is_wrong and order.import_state in _BARE else []


def reservation_is_stale(order: Order) -> bool:
    """Tell whether stock was reserved for other pieces than are ordered now, as far as that was written down."""
    return order.stock_reserved and order.reserved_quantities not in (None, order.quantities)


def _amazon_cancel(order: Order) -> list[Payload]:
    wish = order.cancellation
    if wish is None or wish.sent or order.amazon_status is not AmazonStatus.UNSHIPPED:
        return []
    return [payloads.CancelRequested(**_key(order), reason=wish.reason)]
