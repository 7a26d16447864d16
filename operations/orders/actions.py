"""Operators' actions on orders: cancel, edit an address, import, accept a total, decline a cancellation, reset facts.

Each is one transaction, written like an event's; the audit log has who did it and why.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import uuid4

from pydantic import ValidationError

from events.envelope import OPERATOR_SOURCE, Event, event_key, order_key
from handlers import accept_total as acceptance
from handlers import cancel_order as cancellation
from handlers import decline_cancellation as declining
from handlers import discard_order as discarding
from handlers import edit_address as address_edit
from handlers import request_import as importing
from handlers import reset_facts as resetting
from handlers.decision import Decision, OrderContext
from handlers.rules.accepted_total import currency_in
from handlers.rules.order_state import follow_ups
from handlers.rules.personal_texts import repeated_field
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.errors import RefusedActionError
from operations.orders.causes import OPERATOR
from operations.orders.details import result_of
from operations.orders.models import OrderActionResult
from operations.orders.queries import find_order
from operations.people.audit import order_subject, record_action
from operations.personal_data.looks import record_order_look
from operations.stale_forms import StaleFormError, refuse_if_stale
from pipeline.deadlines import Deadlines
from pipeline.deciding import DecidedBatch, DecidedEvent
from pipeline.lookup import BatchState
from pipeline.writing import write_operation
from schemas.message import Message
from schemas.money import Money
from schemas.order import AcceptedTotal, Discarded, Order, OrderKey
from schemas.payloads import OrderPayload, Payload
from schemas.personal import address_fields


class AcceptedBy(NamedTuple):
    """An acceptance of a total: its operator, time and reason."""

    actor: str
    at: datetime
    reason: str


class OperatorAction(NamedTuple):
    """An operator's action for the audit log: its name, the operator, and the reason, "" without one."""

    name: str
    actor: str
    reason: str = ""


def cancel_order(
    context: Context, amazon_order_id: str, store_id: str | None, reason: str, *, actor: str
) -> OrderActionResult:
    """Request Amazon's cancellation of an Unshipped order; it is canceled once Amazon reports so.

    *reason* is one of CANCEL_REASONS. Raises NotFoundError, RefusedActionError, and AmbiguousOrderError when *store_id*
    is None and several stores have the order.
    """
    action = OperatorAction("cancel", actor, reason)
    return _perform(context, action, amazon_order_id, store_id, lambda order: _cancel(order, reason))


def edit_address(
    context: Context,
    amazon_order_id: str,
    store_id: str | None,
    changes: Mapping[str, str],
    *,
    actor: str,
    seen: Mapping[str, str] | None = None,
) -> OrderActionResult:
    """Change fields (EDITABLE_ADDRESS_FIELDS) of the shipping address; an order that it blocked is imported again.

    *seen* are the fields as the person saw them: StaleFormError when one of them is another by now. Raises as
    `cancel_order` does; RefusedActionError names the wrong field, not its value, and of regions the nearest accepted
    ones.
    """

    def decide(order: OrderContext) -> Decision:
        if seen is not None:
            address = order.personal.shipping_address if order.personal else None
            refuse_if_stale(seen, address_fields(address))
        return _edit(order, changes)

    try:
        return _perform(context, OperatorAction("edit_address", actor), amazon_order_id, store_id, decide)
    except StaleFormError:
        with context.ledger.begin() as work:
            key = find_order(work, amazon_order_id, store_id).key
            record_order_look(work, key, actor, "fields of the address that somebody else changed")
        raise


def request_import(context: Context, amazon_order_id: str, store_id: str | None, *, actor: str) -> OrderActionResult:
    """Request the import of an order that is due now, and not at the next sync. Raises as `cancel_order` does."""

    def decide(order: OrderContext) -> Decision:
        refusal = importing.refusal(_order(order))
        if refusal:
            raise RefusedActionError(f"Order {amazon_order_id} is not imported. {refusal}")
        return importing.decide(order, actor)

    return _perform(context, OperatorAction("request_import", actor), amazon_order_id, store_id, decide)


def accept_total(
    context: Context, amazon_order_id: str, store_id: str | None, *, total: Decimal | None, actor: str, reason: str
) -> OrderActionResult:
    """Accept the price of an order whose amounts block it: *total*, in its currency, or with None Amazon's total.

    Raises as `cancel_order` does.
    """

    def decide(order: OrderContext) -> Decision:
        _refuse_personal(order, reason)
        return _accept(order, total, AcceptedBy(actor, context.ledger.now(), reason))

    return _perform(context, OperatorAction("accept_total", actor, reason), amazon_order_id, store_id, decide)


def decline_cancellation(
    context: Context, amazon_order_id: str, store_id: str | None, *, actor: str, reason: str
) -> OrderActionResult:
    """Import an order although its buyer asked to cancel it. Raises as `cancel_order` does."""

    def decide(order: OrderContext) -> Decision:
        _refuse_personal(order, reason)
        refusal = declining.refusal(_order(order))
        if refusal:
            raise RefusedActionError(f"No cancellation of order {amazon_order_id} is declined. {refusal}")
        return declining.decide(order, actor, context.ledger.now(), reason)

    return _perform(context, OperatorAction("decline_cancellation", actor, reason), amazon_order_id, store_id, decide)


def reset_facts(
    context: Context, amazon_order_id: str, store_id: str | None, *, actor: str, reason: str
) -> OrderActionResult:
    """Let the next report of Amazon's count for every fact of an order, even with an earlier date.

    Raises NotFoundError, and AmbiguousOrderError as `cancel_order` does.
    """

    def decide(order: OrderContext) -> Decision:
        return resetting.decide(order, actor, reason)

    return _perform(context, OperatorAction("reset_facts", actor, reason), amazon_order_id, store_id, decide)


def discard_orders(work: UnitOfWork, deadlines: Deadlines, orders: Collection[OrderKey], discarded: Discarded) -> None:
    """Mark orders as never to be imported, in the transaction *work*."""
    state = BatchState.of_orders(work, work.orders.load(orders, lock=True))
    write_decisions(work, deadlines, state, [_discard(state, order, discarded) for order in state.orders.values()])


def operator_event(name: str, payload: Payload) -> Event:
    """Return an operator's action as an event: its follow-ups name it as their cause."""
    event_id = str(uuid4())
    key = event_key(OPERATOR_SOURCE, event_id)
    message = Message(event_id, name, b"", key=key)
    return Event(
        key, event_id, name, payload, event_id, None, None, message, order_key(payload), source=OPERATOR_SOURCE
    )


def operator_event_on(name: str, order: OrderKey) -> Event:
    """Return an operator's action on one order as an event."""
    return operator_event(name, OrderPayload(store_id=order[0], amazon_order_id=order[1]))


def write_decisions(
    work: UnitOfWork, deadlines: Deadlines, state: BatchState, decisions: Sequence[DecidedEvent]
) -> None:
    """Write decisions as a consumer does. Follow-ups go through the outbox, since no delivery carries them."""
    write_operation(work, OPERATOR, state, DecidedBatch(list(decisions)), deadlines)


def _perform(
    context: Context,
    action: OperatorAction,
    amazon_order_id: str,
    store_id: str | None,
    decide: Callable[[OrderContext], Decision],
) -> OrderActionResult:
    with context.ledger.begin() as work:
        key = find_order(work, amazon_order_id, store_id).key
        orders = work.orders.load([key], lock=True)
        state = BatchState.of_orders(work, orders, work.vault.load([key]))
        event = operator_event_on(f"operator.{action.name}", key)
        decision = decide(state.context_of(event))
        write_decisions(work, context.deadlines, state, [DecidedEvent(event, decision, orders[key])])
        details = {"store": key[0], "order": key[1], "event": event.id}
        record_action(work, action.actor, f"order.{action.name}", order_subject(key), action.reason, details)
    return result_of(decision.order or orders[key])


def _refuse_personal(order_context: OrderContext, reason: str) -> None:
    """Raise RefusedActionError for a reason that repeats the buyer's data: the history keeps it for ever."""
    if field := repeated_field(reason, order_context.personal):
        raise RefusedActionError(
            f"The reason repeats the buyer's data ({field}), and is kept for ever; write one without it."
        )


def _cancel(order_context: OrderContext, reason: str) -> Decision:
    before = _order(order_context)
    if before.cancellation:
        raise RefusedActionError(
            f"The cancellation of order {before.amazon_order_id} was requested before ({before.cancellation.reason})."
        )
    refusal = cancellation.refusal(before, reason)
    if refusal:
        raise RefusedActionError(f"Order {before.amazon_order_id} is not canceled. {refusal}")
    after = cancellation.request(before, reason)
    return Decision(after, after.note, follow_ups(before, after, order_context.store))


def _edit(order_context: OrderContext, changes: Mapping[str, str]) -> Decision:
    order_id = _order(order_context).amazon_order_id
    refusal = address_edit.refusal(_order(order_context))
    if refusal:
        raise RefusedActionError(f"The address of order {order_id} is not edited. {refusal}")
    try:
        wrong = address_edit.field_refusal(order_context, dict(changes))
    except ValidationError as error:
        wrong = "; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors(include_input=False))
    if wrong:
        raise RefusedActionError(f"The address of order {order_id} is wrong: {wrong}.")
    return address_edit.decide(order_context, dict(changes))


def _accept(order_context: OrderContext, total: Decimal | None, by: AcceptedBy) -> Decision:
    order = _order(order_context)
    stated = None if total is None else _in_currency(order, total)
    refusal = acceptance.refusal(order, stated)
    accepted = stated or order.order_total
    if refusal or accepted is None:
        raise RefusedActionError(f"The total of order {order.amazon_order_id} is not accepted. {refusal}")
    record = AcceptedTotal(total=accepted, quantities=order.quantities, who=by.actor, at=by.at, reason=by.reason)
    return acceptance.decide(order_context, record)


def _in_currency(order: Order, total: Decimal) -> Money:
    """Return the amount in the order's currency. Raises RefusedActionError."""
    currency = currency_in(order)
    if currency is None:
        raise RefusedActionError(
            f"The currency of order {order.amazon_order_id} is unknown: none of its amounts is known, and its "
            f"marketplace {order.marketplace_id} is not one of Amazon's."
        )
    try:
        return Money(currency=currency, amount=total)
    except ValidationError:
        raise RefusedActionError(f"The total {total} has too many digits; nothing was changed.") from None


def _order(order_context: OrderContext) -> Order:
    assert order_context.order is not None  # noqa: S101 - `_perform` has found it
    return order_context.order


def _discard(state: BatchState, before: Order, discarded: Discarded) -> DecidedEvent:
    event = operator_event_on("operator.discard", before.key)
    return DecidedEvent(event, discarding.decide(state.context_of(event), discarded), before)
