"""cancel.requested: Amazon is asked to cancel an unshipped order; it is canceled once Amazon says so."""

from handlers.decision import Decision, OrderContext
from schemas import payloads
from schemas.gateway_requests import Answer, CancelAmazonOrder, RequestRefused
from schemas.order import CANCEL_REASONS, Cancellation, Order
from schemas.payloads import CancelRequested
from schemas.status import AmazonStatus, Channel, ImportState


def refusal(order: Order, reason: str) -> str | None:
    """Say why an order cannot be canceled from here, or None when it can: while Unshipped, managed here, with a reason.

    One that a person discarded can be: it may have been sold elsewhere.
    """
    if reason not in CANCEL_REASONS:
        return f'"{reason}" is no reason Amazon knows; use one of {", ".join(CANCEL_REASONS)}.'
    if order.fulfillment_channel is Channel.AFN:
        return "Amazon ships this order; cancel it in Seller Central."
    if order.import_state is ImportState.VIEW_ONLY and order.discarded is None:
        return "Crossdock only shows this order and does not manage it; cancel it in Seller Central."
    if order.amazon_status is not AmazonStatus.UNSHIPPED or order.parcels:
        return f"Only Unshipped orders can be canceled, this one is {order.status}; see Seller Central."
    return None


def request(order: Order, reason: str) -> Order:
    """Return the order with an operator's wish to cancel it, to be sent to Amazon."""
    note = f"Cancellation requested ({reason})."
    return order.model_copy(update={"cancellation": Cancellation(reason=reason), "note": note})


def ask(known: OrderContext, event: CancelRequested, answers: tuple[Answer, ...]) -> CancelAmazonOrder | None:
    """Ask Amazon to cancel, unless it was asked or the order has gone too far."""
    order = known.order
    if order is None or answers or refusal(order, event.reason) or (order.cancellation and order.cancellation.sent):
        return None
    return CancelAmazonOrder(order.key, event.reason, tuple(line.order_item_id for line in order.lines))


def decide(known: OrderContext, event: CancelRequested, answers: tuple[Answer, ...]) -> Decision:
    """Write down that Amazon was asked, or why it was not; wait for the order when it is not recorded."""
    order = known.order
    if order is None:
        return Decision(defer=True, note="Waits for the order to be placed.")
    match answers:
        case ():
            return _not_asked(order, event)
        case (*_, RequestRefused(reason=reason)):
            note = f"Amazon refused to cancel the order: {reason}"
            return Decision(order.model_copy(update={"cancellation": None, "note": note}), note, rejection=note)
    note = f"Cancellation ({event.reason}) sent to Amazon."
    sent = Cancellation(reason=event.reason, sent=True)
    told = payloads.OrderCancelSent(store_id=order.store_id, amazon_order_id=order.amazon_order_id, reason=event.reason)
    return Decision(order.model_copy(update={"cancellation": sent, "note": note}), note, (told,))


def _not_asked(order: Order, event: CancelRequested) -> Decision:
    if order.cancellation and order.cancellation.sent:
        return Decision(note="Amazon was asked to cancel before.")
    if order.amazon_status is AmazonStatus.CANCELED:
        # Also because of our own wish: Amazon's report may come while the answer to the wish was lost.
        return Decision(note="Amazon has canceled the order already.")
    reason = refusal(order, event.reason)
    note = f"Not canceled. {reason}"
    return Decision(order.model_copy(update={"cancellation": None, "note": note}), note, rejection=note)
