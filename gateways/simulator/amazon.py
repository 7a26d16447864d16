"""The simulated Amazon: it accepts shipment confirmations and cancellations, and reports orders when it is asked."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from gateways.simulator.amazon_orders import MARKET, MarketOrder, placed, read_market, write_market
from gateways.simulator.documents import DocumentStore, lock_side, read_all
from schemas.gateway_requests import (
    Accepted,
    AmazonOrder,
    AmazonRequest,
    Answer,
    CancelAmazonOrder,
    ConfirmShipment,
    GetAmazonOrder,
    RequestRefused,
)
from schemas.order import CANCEL_REASONS, OrderKey
from schemas.payloads import OrderPlaced, StatusChanged
from schemas.status import AmazonStatus, Channel

SIDE = "amazon"


class SimulatedAmazon:
    """A marketplace. It also accepts confirmations for orders that were not placed in it."""

    def __init__(self, documents: DocumentStore, clock: Callable[[], datetime]) -> None:
        """Store all state in *documents*; *clock* dates the reports of cancellations."""
        self._documents = documents
        self._clock = clock

    def place(self, orders: Iterable[OrderPlaced]) -> None:
        """Add orders, so that their confirmations are checked; orders that exist stay unchanged."""
        new = {(order.store_id, order.amazon_order_id): placed(order) for order in orders}
        with self._documents.begin() as transaction:
            lock_side(transaction, SIDE)
            existing = read_market(transaction, new)
            write_market(transaction, {key: order for key, order in new.items() if key not in existing})

    def change(self, report: StatusChanged) -> None:
        """Change an order that exists; the report is not published, but the answer to `GetAmazonOrder` from now on."""
        with self._documents.begin() as transaction:
            lock_side(transaction, SIDE)
            orders = read_market(transaction, [(report.store_id, report.amazon_order_id)])
            write_market(transaction, {key: order.changed(report) for key, order in orders.items()})

    def perform(self, requests: Sequence[AmazonRequest]) -> list[Answer]:
        """Answer a batch in order, in one transaction."""
        with self._documents.begin() as transaction:
            lock_side(transaction, SIDE)
            market = read_market(transaction, [request.key for request in requests])
            before = dict(market)
            answers = [_reply(market, request) for request in requests]
            write_market(transaction, {key: order for key, order in market.items() if order != before.get(key)})
        return answers

    def find(self, keys: Collection[OrderKey]) -> dict[OrderKey, MarketOrder]:
        """Return those of the orders that exist, with their confirmed parcels and reasons of cancellation."""
        with self._documents.begin() as transaction:
            return read_market(transaction, keys)

    def orders(self) -> list[MarketOrder]:
        """Return all orders of the marketplace."""
        with self._documents.begin() as transaction:
            return [MarketOrder.model_validate(document) for _, document in read_all(transaction, MARKET)]

    def events_due(self) -> list[StatusChanged]:
        """Return the `Canceled` reports not published yet; the publisher then calls `reported` for their orders."""
        now = self._clock()
        return [
            StatusChanged(
                store_id=order.store_id,
                amazon_order_id=order.amazon_order_id,
                status=AmazonStatus.CANCELED,
                last_update_date=now,
            )
            for order in self.orders()
            if order.cancel_reason and not order.cancel_reported
        ]

    def reported(self, keys: Collection[OrderKey]) -> None:
        """Record that the cancellations of these orders were published."""
        with self._documents.begin() as transaction:
            lock_side(transaction, SIDE)
            orders = read_market(transaction, keys)
            write_market(transaction, {k: o.model_copy(update={"cancel_reported": True}) for k, o in orders.items()})


def _reply(market: dict[OrderKey, MarketOrder], request: AmazonRequest) -> Answer:
    store_id, amazon_order_id = request.key
    order = market.get(request.key) or MarketOrder(store_id=store_id, amazon_order_id=amazon_order_id)
    match request:
        case GetAmazonOrder():
            return AmazonOrder(order.report) if order.report else RequestRefused(f"there is no order {amazon_order_id}")
        case ConfirmShipment():
            changed = order.with_parcel(request.parcel, request.items)
            refusal, note = _confirm_refusal(order, changed), f"Shipment {request.parcel.shipment_id} is confirmed"
        case CancelAmazonOrder():
            changed = order.model_copy(update={"cancel_reason": order.cancel_reason or request.reason})
            refusal, note = _cancel_refusal(order, request.reason), "Amazon will cancel the order"
    if refusal:
        return RequestRefused(refusal)
    market[request.key] = changed
    return Accepted(note)


def _confirm_refusal(order: MarketOrder, changed: MarketOrder) -> str | None:
    if order.channel is Channel.AFN:
        return "Amazon ships this order itself and takes no confirmation for it"
    if order.cancel_reason:
        return "Amazon has canceled the order and takes no confirmation for it"
    if order.channel is None:
        return None
    over = sorted(item for item, quantity in changed.confirmed.items() if quantity > order.quantities.get(item, 0))
    return f"more pieces of order item {', '.join(over)} are confirmed than were ordered" if over else None


def _cancel_refusal(order: MarketOrder, reason: str) -> str | None:
    if reason not in CANCEL_REASONS:
        return f"{reason} is none of Amazon's reasons to cancel: use one of {', '.join(CANCEL_REASONS)}"
    if order.channel is Channel.AFN:
        return "Amazon ships this order itself: cancel it in Seller Central"
    if order.parcels:
        return "the order was shipped and cannot be canceled"
    return None
