"""order.status_changed: updates the order to Amazon's latest report, in whichever order the reports arrive."""

from collections.abc import Mapping
from typing import Any

from handlers.decision import Decision, OrderContext
from handlers.rules.buyer_cancellation import buyer_cancellation, buyer_cancellation_sentence
from handlers.rules.change_note import change_note
from handlers.rules.commerce_mismatch import mismatch_message, snapshot_if_changed
from handlers.rules.fold_report import fold_personal, fold_report, is_complete, new_order
from handlers.rules.order_limits import report_refusal
from handlers.rules.order_state import derive, follow_ups, is_before_integration, is_canceled, is_view_only
from handlers.rules.totals import compute_totals
from schemas import payloads
from schemas.gateway_requests import Answer
from schemas.order import Order
from schemas.payloads import AmazonReport, Payload, StatusChanged
from schemas.store import Store


def decide(context: OrderContext, event: StatusChanged, answers: tuple[Answer, ...] = ()) -> Decision:
    """Apply the report; defer it when the order is not recorded and the report lacks facts needed to record it."""
    if context.order is None and not is_complete(event):
        return Decision(defer=True, note="Deferred until the order is recorded.")
    return apply_report(context, event)


def apply_report(context: OrderContext, report: AmazonReport) -> Decision:
    """Fold a report into the order and its personal data, and return the effects of the change."""
    before = context.order
    order = before or new_order(report)
    changes = fold_report(order, report)
    personal = fold_personal(before, context.personal, report)
    if not changes and personal is None:
        return Decision(note="A late or repeated report changed nothing.")
    if refusal := report_refusal(changes):
        return Decision(rejection=refusal)
    if personal or _affects_import(order, changes):
        changes["blockers"] = ()  # the importer determines which blockers remain
    changes |= snapshot_if_changed(order, changes)
    note = _note(before, order, changes, context.store) or change_note(order, changes, context.personal, personal)
    after = derive(order, context.store, note=note, **changes)
    return Decision(
        order=after,
        note=note,
        personal=personal,
        follow_ups=(*_announcements(before, after), *follow_ups(before, after, context.store)),
    )


def _affects_import(order: Order, changes: Mapping[str, Any]) -> bool:
    """Whether a fact changes that the import depends on, or the quantities that the amounts are for."""
    if not order.blockers:
        return False
    facts = ("lines", "removed_lines", "order_total", "fulfillment_channel")
    after = order.model_copy(update=dict(changes))
    if buyer_cancellation(order) != buyer_cancellation(after):
        return True
    is_changed = any(fact in changes and changes[fact] != getattr(order, fact) for fact in facts)
    return is_changed or compute_totals(order) != compute_totals(after)


def _note(before: Order | None, order: Order, changes: Mapping[str, Any], store: Store) -> str:
    """Return the note of a new order or status, of a buyer's request to cancel, of a new mismatch; else none."""
    status = changes.get("amazon_status", order.amazon_status)
    if before is None:
        recorded = f"Order recorded as {status}.{_why_view_only(order, store)}"
        return " ".join([recorded, *_changed_request(order, changes)])
    updated = [f"Status updated to {status}."] if status is not before.amazon_status else []
    return " ".join([*updated, *_changed_request(before, changes), *_new_mismatch(before, changes)])


def _changed_request(before: Order, changes: Mapping[str, Any]) -> list[str]:
    """Return the buyer's request to cancel that the changes bring or end, as a list of one sentence or none."""
    if "instructions" not in changes:
        return []
    earlier = buyer_cancellation_sentence(before)
    present = buyer_cancellation_sentence(before.model_copy(update=dict(changes)))
    if present == earlier:
        return []
    return [f"{present}." if present else "The buyer no longer asks to cancel."]


def _new_mismatch(before: Order, changes: Mapping[str, Any]) -> list[str]:
    """Return the message of a mismatch with the Commerce order that the changes bring, as a list of one or none."""
    message = mismatch_message(before.model_copy(update=changes)) if changes.get("commerce_snapshot") else None
    return [message] if message and message != mismatch_message(before) else []


def _why_view_only(order: Order, store: Store) -> str:
    if not is_view_only(order, store):
        return ""
    if is_before_integration(order, store):
        return " It was placed before the store's integration and will not be imported."
    return " Order import is disabled: manage this order in Amazon Seller Central."


def _announcements(before: Order | None, after: Order) -> tuple[Payload, ...]:
    kind = payloads.OrderUpdated if before else payloads.OrderRecorded
    canceled = is_canceled(after) and not (before and is_canceled(before))
    return (kind.of(after.key, status=after.status), *([payloads.OrderCanceled.of(after.key)] if canceled else []))
