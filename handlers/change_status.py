"""order.status_changed: the order moves where Amazon's latest report says, whatever the order of arrival."""

from collections.abc import Mapping
from typing import Any

from handlers.decision import Decision, OrderContext
from handlers.rules.commerce_mismatch import mismatch_message, snapshot_if_changed
from handlers.rules.fold_report import fold_personal, fold_report, is_complete, new_order
from handlers.rules.order_state import derive, follow_ups, is_before_integration, is_canceled, is_view_only
from schemas import payloads
from schemas.gateway_requests import Answer
from schemas.order import Order
from schemas.payloads import AmazonReport, Payload, StatusChanged
from schemas.store import Store


def decide(known: OrderContext, event: StatusChanged, answers: tuple[Answer, ...] = ()) -> Decision:
    """Take the report; wait for the order when it is not recorded and the report does not tell enough to record it."""
    if known.order is None and not is_complete(event):
        return Decision(defer=True, note="Waits for the order to be placed.")
    return take_report(known, event)


def take_report(known: OrderContext, report: AmazonReport) -> Decision:
    """Fold a report into what is known, and say what follows from the change."""
    before = known.order
    order = before or new_order(report)
    changes = fold_report(order, report)
    personal = fold_personal(before, known.personal, report)
    if not changes and personal is None:
        return Decision(note="A report that is late or was seen before changed nothing.")
    if personal or _concerns_import(order, changes):
        changes["blockers"] = ()  # the importer finds out what still is in the way
    changes |= snapshot_if_changed(order, changes)
    note = _note(before, order, changes, known.store)
    after = derive(order, known.store, note=note, **changes)
    return Decision(
        order=after,
        note=note,
        personal=personal,
        follow_ups=(*_announce(before, after), *follow_ups(before, after, known.store)),
    )


def _concerns_import(order: Order, changes: Mapping[str, Any]) -> bool:
    """Tell whether anything changes that the importer looks at."""
    facts = ("lines", "removed_lines", "order_total", "fulfillment_channel")
    return bool(order.blockers) and any(fact in changes and changes[fact] != getattr(order, fact) for fact in facts)


def _note(before: Order | None, order: Order, changes: Mapping[str, Any], store: Store) -> str:
    """Word the order note as the documented product does (`Status updated to Shipped.`), or say what came."""
    status = changes.get("amazon_status", order.amazon_status)
    if before is None:
        return f"Order recorded as {status}.{_why_view_only(order, store)}"
    told = [f"Status updated to {status}."] if status is not before.amazon_status else []
    return " ".join([*told, *_correction(before, changes)]) or "Order details updated."


def _correction(before: Order, changes: Mapping[str, Any]) -> list[str]:
    """Return what is to be corrected in Commerce, if that is news."""
    now = mismatch_message(before.model_copy(update=changes)) if changes.get("commerce_snapshot") else None
    return [now] if now and now != mismatch_message(before) else []


def _why_view_only(order: Order, store: Store) -> str:
    if not is_view_only(order, store):
        return ""
    if is_before_integration(order, store):
        return " It was placed before the store's integration and will not be imported."
    return " Order import is disabled: manage this order in Amazon Seller Central."


def _announce(before: Order | None, after: Order) -> tuple[Payload, ...]:
    key = {"store_id": after.store_id, "amazon_order_id": after.amazon_order_id}
    told = payloads.OrderUpdated if before else payloads.OrderRecorded
    canceled = is_canceled(after) and not (before and is_canceled(before))
    return (told(**key, status=after.status), *([payloads.OrderCanceled(**key)] if canceled else []))
