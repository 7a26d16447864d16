"""An operator's acceptance of an order's total: the import goes by it while quantities and Amazon's total stay so."""

from handlers.decision import Decision, OrderContext
from handlers.rules.accepted_total import importable_totals
from handlers.rules.order_state import derive, follow_ups, is_canceled
from handlers.rules.totals import Totals
from schemas.money import Money
from schemas.order import AcceptedTotal, Order


def refusal(order: Order, total: Money | None) -> str | None:
    """Return why *total*, None for Amazon's, cannot be accepted for the order; None when it can."""
    if order.commerce_order is not None:
        return f"It is in Commerce already, as order {order.commerce_order.number}."
    if is_canceled(order):
        return "Amazon canceled it."
    if order.discarded is not None:
        return f"It was {order.discarded}; it is not imported."
    computed = importable_totals(order)
    if isinstance(computed, Totals):
        return f"Nothing blocks its amounts: its total is {computed.total}."
    return _wrong_total(order.order_total, total)


def _wrong_total(reported: Money | None, stated: Money | None) -> str | None:
    accepted = stated or reported
    if accepted is None:
        return "Amazon reports no total of it: state it with --total."
    if reported not in (None, accepted):
        return f"Amazon reports a total of {reported}, which cannot be overwritten: accept it without --total."
    return "A total is not less than 0." if accepted.amount < 0 else None


def decide(context: OrderContext, accepted: AcceptedTotal) -> Decision:
    """Return the effects of the acceptance; `context.order` must not be None."""
    before = context.order
    assert before is not None  # noqa: S101 - the caller found the order
    note = f"Total of {accepted.total} accepted by {accepted.who} ({accepted.reason})."
    after = derive(before, context.store, accepted_total=accepted, blockers=(), note=note)
    return Decision(after, note, follow_ups(before, after, context.store))
