"""The simulated Amazon: it takes shipment confirmations and cancellations, and knows which reports it owes for them."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from gateways.simulator.amazon_orders import MARKET, MarketOrder, placed, read_market, write_market
from gateways.simulator.documents import DocumentStore, lock_side, read_all
from schemas.gateway_requests import Accepted, Answer, CancelAmazonOrder, ConfirmShipment, RequestRefused
from schemas.order import CANCEL_REASONS, OrderKey
from schemas.payloads import OrderPlaced, StatusChanged
from schemas.status import AmazonStatus, Channel

SIDE = "amazon"
AmazonRequest = ConfirmShipment | CancelAmazonOrder


class SimulatedAmazon:
    """A marketplace. It also takes confirmations for orders that it has not placed itself."""

    def __init__(self, records: DocumentStore, clock: Callable[[], datetime]) -> None:
        """Keep everything in `records`; `clock` dates the reports of cancellations."""
        self._records = records
        self._clock = clock

    def place(self, orders: Iterable[OrderPlaced]) -> None:
        """Make orders known, so that their confirmations are checked; those known before stay as they are."""
        told = {(order.store_id, order.amazon_order_id): placed(order) for order in orders}
        with self._records.begin() as book:
            lock_side(book, SIDE)
            known = read_market(book, told)
            write_market(book, {key: order for key, order in told.items() if key not in known})

    def perform(self, requests: Sequence[AmazonRequest]) -> list[Answer]:
        """Answer a batch in order, in one transaction."""
        with self._records.begin() as book:
            lock_side(book, SIDE)
            market = read_market(book, [request.key for request in requests])
            before = dict(market)
            answers = [_reply(market, request) for request in requests]
            write_market(book, {key: order for key, order in market.items() if order != before.get(key)})
        return answers

    def find(self, keys: Collection[OrderKey]) -> dict[OrderKey, MarketOrder]:
        """Return what Amazon knows of these orders: their parcels, what it was told, why they are canceled."""
        with self._records.begin() as book:
            return read_market(book, keys)

    def orders(self) -> list[MarketOrder]:
        """Return all orders Amazon knows."""
        with self._records.begin() as book:
            return [MarketOrder.model_validate(document) for _, document in read_all(book, MARKET)]

    def events_due(self) -> list[StatusChanged]:
        """Return the `Canceled` reports that are owed; who plays upstream says `reported` of what it published."""
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
        """Note that the cancellations of these orders were published."""
        with self._records.begin() as book:
            lock_side(book, SIDE)
            known = read_market(book, keys)
            write_market(book, {k: o.model_copy(update={"cancel_reported": True}) for k, o in known.items()})


def _reply(market: dict[OrderKey, MarketOrder], request: AmazonRequest) -> Answer:
    store_id, amazon_order_id = request.key
    order = market.get(request.key) or MarketOrder(store_id=store_id, amazon_order_id=amazon_order_id)
    match request:
        case ConfirmShipment():
            changed = order.with_parcel(request.parcel, request.items)
            refused, note = _confirm_refusal(order, changed), f"Amazon knows of shipment {request.parcel.shipment_id}"
        case CancelAmazonOrder():
            changed = order.model_copy(update={"cancel_reason": order.cancel_reason or request.reason})
            refused, note = _cancel_refusal(order, request.reason), "Amazon will cancel the order"
    if refused:
        return RequestRefused(refused)
    market[request.key] = changed
    return Accepted(note)


def _confirm_refusal(order: MarketOrder, changed: MarketOrder) -> str | None:
    if order.channel is Channel.AFN:
        return "Amazon ships this order itself and takes no confirmation for it"
    if order.cancel_reason:
        return "Amazon has canceled the order and takes no confirmation for it"
    if order.channel is None:
        return None
    over = sorted(item for item, pieces in changed.told.items() if pieces > order.quantities.get(item, 0))
    return f"more pieces of order item {', '.join(over)} are confirmed than were ordered" if over else None


def _cancel_refusal(order: MarketOrder, reason: str) -> str | None:
    if reason not in CANCEL_REASONS:
        return f"{reason} is none of Amazon's reasons to cancel: use one of {', '.join(CANCEL_REASONS)}"
    if order.channel is Channel.AFN:
        return "Amazon ships this order itself: cancel it in Seller Central"
    if order.parcels:
        return "the order was shipped and cannot be canceled"
    return None
