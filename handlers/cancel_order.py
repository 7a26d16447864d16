"""cancel.requested: sends Amazon the cancellation of an unshipped order; it is canceled once Amazon reports so."""

from handlers.decision import Decision, OrderContext
from schemas import payloads
from schemas.gateway_requests import Answer, CancelAmazonOrder, RequestRefused
from schemas.order import CANCEL_REASONS, Cancellation, Order
from schemas.payloads import CancelRequested
from schemas.status import AmazonStatus, Channel, ImportState


def refusal(order: Order, reason: str) -> str | None:
    """Return why an order cannot be canceled here, or None when it can: Unshipped, managed here, for a valid reason.

    An order that a person discarded can be canceled: its goods may have been sold elsewhere.
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
    """Return the order with an operator's cancellation, not sent to Amazon yet."""
    note = f"Cancellation requested ({reason})."
    return order.model_copy(update={"cancellation": Cancellation(reason=reason), "note": note})


def ask(context: OrderContext, event: CancelRequested, answers: tuple[Answer, ...]) -> CancelAmazonOrder | None:
    """Request the cancellation from Amazon, unless it was sent before or the order cannot be canceled any more."""
    order = context.order
    if order is None or answers or refusal(order, event.reason) or (order.cancellation and order.cancellation.sent):
        return None
    return CancelAmazonOrder(order.key, event.reason, tuple(line.order_item_id for line in order.lines))


def decide(context: OrderContext, event: CancelRequested, answers: tuple[Answer, ...]) -> Decision:
    """Record that the cancellation was sent, or why it was not; defer the event of an unrecorded order."""
    order = context.order
    if order is None:
        return Decision(defer=True, note="Deferred until the order is recorded.")
    match answers:
        case ():
            return _not_sent(order, event)
        case (*_, RequestRefused(reason=reason)):
            note = f"Amazon refused to cancel the order: {reason}"
            return Decision(order.model_copy(update={"cancellation": None, "note": note}), note, rejection=note)
    note = f"Cancellation ({event.reason}) sent to Amazon."
    sent = Cancellation(reason=event.reason, sent=True)
    announcement = payloads.OrderCancelSent.of(order.key, reason=event.reason)
    return Decision(order.model_copy(update={"cancellation": sent, "note": note}), note, (announcement,))


def _not_sent(order: Order, event: CancelRequested) -> Decision:
    if order.cancellation and order.cancellation.sent:
        return Decision(note="The cancellation was sent to Amazon before.")
    if order.amazon_status is AmazonStatus.CANCELED:
        # Our own cancellation may be the reason: Amazon's report comes even when the answer to the request was lost.
        return Decision(note="Amazon has canceled the order already.")
    reason = refusal(order, event.reason)
    note = f"Not canceled. {reason}"
    return Decision(order.model_copy(update={"cancellation": None, "note": note}), note, rejection=note)
