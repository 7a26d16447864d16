"""The derived state of an order: the status shown, the import state, and the requests outstanding.

It depends on the recorded facts only, never on the event that arrived last, so any order of arrival gives the same.
"""

from typing import Any

from handlers.rules.buyer_cancellation import buyer_cancellation
from handlers.rules.creation_matrix import cell, cell_without_inventory_management
from handlers.rules.parcels import contents, has_shrunk, needs_confirmation, shipped_quantities
from schemas import payloads
from schemas.order import CommerceState, Order
from schemas.payloads import Payload
from schemas.status import AmazonStatus, Channel, ImportState, Status, StockState
from schemas.store import Store

_RESERVABLE = {ImportState.NOT_DUE, ImportState.BLOCKED}
_WITHOUT_COMMERCE_ORDER = {*_RESERVABLE, ImportState.VIEW_ONLY}
_DUE = {ImportState.REQUESTED, ImportState.BLOCKED}
_ALL_SHIPPED = {AmazonStatus.SHIPPED, AmazonStatus.INVOICE_UNCONFIRMED}
_CONFIRMABLE = {AmazonStatus.UNSHIPPED, AmazonStatus.PARTIALLY_SHIPPED, *_ALL_SHIPPED}

_SHOWN_AS = {status: Status(status) for status in AmazonStatus}
"""Each status of Amazon's as the one that is shown to people."""


def derive(order: Order, store: Store, **changes: Any) -> Order:
    """Return the order with these changes and with its derived fields brought up to date."""
    after = order.with_fields(**changes)
    state = _import_state(after, store)
    # Set past the frozen model, in a copy that nothing else refers to yet: the derived fields need the changed order,
    # and a second copy of all its fields would cost every event twice.
    vars(after).update(
        import_state=state,
        blockers=after.blockers if state is ImportState.BLOCKED else (),
        status=_status(after, state),
        reserved_quantities=after.reserved_quantities if after.stock_reserved else None,
        address_outdated=after.address_outdated and state is ImportState.IMPORTED and not is_canceled(after),
        asks_to_cancel=buyer_cancellation(after) is not None,
        completable=state is ImportState.IMPORTED and is_shipped(after) and not is_canceled(after),
    )
    return after


def is_view_only(order: Order, store: Store) -> bool:
    """Whether the order is never imported: discarded, import disabled, or purchased before the store's integration."""
    return order.discarded is not None or not store.settings.import_orders or is_before_integration(order, store)


def is_before_integration(order: Order, store: Store) -> bool:
    """Whether the order was purchased before the store's integration."""
    return store.integrated_at is not None and order.purchase_date < store.integrated_at


def is_canceled(order: Order) -> bool:
    """Whether Amazon reports the order as canceled."""
    return order.amazon_status is AmazonStatus.CANCELED


def is_shipped(order: Order) -> bool:
    """Whether Commerce shipped every line of the order in full."""
    if not order.parcels:
        return False
    shipped = shipped_quantities(order)
    return all(shipped[line.order_item_id] >= line.quantity for line in order.lines)


def may_import(order: Order, store: Store) -> bool:
    """Whether the creation matrix creates the order if its products are in stock."""
    status = _SHOWN_AS[order.amazon_status]
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
    by_amazon = order.amazon_status
    is_further = by_parcels and by_parcels.rank > by_amazon.rank and by_amazon not in _ALL_SHIPPED
    return _SHOWN_AS[by_parcels if by_parcels and is_further else by_amazon]


def _status_by_parcels(order: Order) -> AmazonStatus | None:
    """Return the status that the parcels give the order, None without parcels."""
    if not (order.parcels and any(contents(order).values())):
        return None
    return AmazonStatus.SHIPPED if is_shipped(order) else AmazonStatus.PARTIALLY_SHIPPED


def outstanding(order: Order, store: Store) -> tuple[Payload, ...]:
    """Return the requests that the order's present state requires and that have not been carried out."""
    return (
        *_import_request(order),
        *_confirmation_requests(order),
        *_commerce_cancel_request(order),
        *reservation_request(order, store),
        *_amazon_cancel_request(order),
    )


def follow_ups(before: Order | None, after: Order, store: Store) -> tuple[Payload, ...]:
    """Return the requests that a change makes necessary: outstanding after it and not before.

    An import that is not due any more is requested once: an earlier attempt, which failed half way, may have created a
    Commerce order without a record here.
    """
    required = outstanding(after, store)
    requested = set(outstanding(before, store) if before and required else ())
    is_over = before is not None and before.import_state in _DUE and after.import_state not in _DUE
    ended = (payloads.ImportRequested.of(after.key),) if is_over and after.commerce_order is None else ()
    return (*ended, *(payload for payload in required if payload not in requested))


def _import_request(order: Order) -> list[Payload]:
    """Return the request to import the order, or to give its Commerce order the edited address."""
    is_due = order.import_state is ImportState.REQUESTED or order.address_outdated
    return [payloads.ImportRequested.of(order.key)] if is_due else []


def unconfirmed(order: Order) -> list[str]:
    """Return the shipment ids of the parcels to be confirmed to Amazon next, again where they changed.

    Parcels with less than was confirmed come first, alone: Amazon accepts no higher quantity than was ordered, so it
    must know of the reduced parcels before the quantities appear in others.
    """
    if not _is_confirmable(order):
        return []
    packed = contents(order)
    due = [parcel for parcel in order.parcels if needs_confirmation(parcel, packed[parcel.shipment_id])]
    shrunk = [parcel for parcel in due if has_shrunk(packed[parcel.shipment_id], parcel.confirmed_items or ())]
    return [parcel.shipment_id for parcel in shrunk or due]


def confirmed(order: Order) -> list[str]:
    """Return the shipment ids of the parcels that are confirmed to Amazon as they are now."""
    if not _is_confirmable(order):
        return []
    packed = contents(order)
    filled = [parcel for parcel in order.parcels if packed[parcel.shipment_id]]
    return [parcel.shipment_id for parcel in filled if not needs_confirmation(parcel, packed[parcel.shipment_id])]


def _is_confirmable(order: Order) -> bool:
    by_merchant = order.fulfillment_channel is Channel.MFN
    return bool(order.parcels) and by_merchant and order.amazon_status in _CONFIRMABLE


def _confirmation_requests(order: Order) -> list[Payload]:
    if not order.parcels:  # as of most orders; `outstanding` is asked for each event
        return []
    return [
        payloads.ShipmentConfirmationRequested.of(order.key, shipment_id=shipment_id)
        for shipment_id in unconfirmed(order)
    ]


def must_cancel_in_commerce(order: Order) -> bool:
    """Whether Commerce still has an open order, or reserved stock, for an order that Amazon canceled."""
    is_open = order.commerce_order is not None and order.commerce_order.state is CommerceState.OPEN
    return is_canceled(order) and (is_open or order.stock_reserved)


def _commerce_cancel_request(order: Order) -> list[Payload]:
    return [payloads.CommerceCancelRequested.of(order.key)] if must_cancel_in_commerce(order) else []


def must_reserve(order: Order, store: Store) -> bool:
    """Whether stock is to be reserved for an order that is pending or blocked (legacy: "Reserve Quantity")."""
    settings = store.settings
    if settings.inventory_management or order.import_state not in _RESERVABLE:
        return False
    # All items of an order whose invoice is unconfirmed were shipped; the matrix has no column for it.
    status = Status.SHIPPED if order.amazon_status in _ALL_SHIPPED else _SHOWN_AS[order.amazon_status]
    legacy = cell_without_inventory_management(
        order.fulfillment_channel, status, reserve_quantity=settings.reserve_quantity
    )
    return legacy.reserve


def reservation_request(order: Order, store: Store) -> list[Payload]:
    """Return the request to adjust the reserved stock, if it needs adjusting; an import in flight takes it over."""
    if order.import_state not in _WITHOUT_COMMERCE_ORDER:
        return []
    is_wrong = order.stock_reserved is not must_reserve(order, store) or reservation_is_stale(order)
    return [payloads.ReservationRequested.of(order.key)] if is_wrong else []


def reservation_is_stale(order: Order) -> bool:
    """Whether stock was reserved for other quantities than are ordered now; False where they were not recorded."""
    return order.stock_reserved and order.reserved_quantities not in (None, order.quantities)


def _amazon_cancel_request(order: Order) -> list[Payload]:
    cancellation = order.cancellation
    if cancellation is None or cancellation.sent or order.amazon_status is not AmazonStatus.UNSHIPPED:
        return []
    return [payloads.CancelRequested.of(order.key, reason=cancellation.reason)]
