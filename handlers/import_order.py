"""import.requested: creates the Commerce order, once, or blocks the order with its causes.

The Commerce order is looked up before it is created, so a repeated request finds the existing one. An order whose
amounts are not known for its present quantities is requested from Amazon first, once, and its report is folded in; it
is blocked on `money` only if the amounts are still missing then. An order that is imported gets the address that was
edited since then; see handlers.change_commerce_address.
"""

from dataclasses import replace

from handlers import change_commerce_address
from handlers.change_status import apply_report
from handlers.decision import Decision, OrderContext
from handlers.rules import blockers, products, totals
from handlers.rules.accepted_total import importable_totals
from handlers.rules.commerce_address import complete_address, missing_phone_reason, region_hint
from handlers.rules.commerce_mismatch import commerce_differs, mismatch_message
from handlers.rules.creation_matrix import cell, cell_without_inventory_management
from handlers.rules.instruction_texts import instructions_of, with_sku
from handlers.rules.order_state import derive, follow_ups, is_canceled
from schemas import payloads
from schemas.blockers import Blocker, BlockerKind
from schemas.gateway_requests import (
    AmazonOrder,
    Answer,
    ChangeAddress,
    CreateOrder,
    GetAmazonOrder,
    LookUpOrder,
    OrderContents,
    OrderCreated,
    OrderLine,
    OrderLookup,
    ProductState,
    RequestRefused,
)
from schemas.instructions import Instruction
from schemas.order import CommerceOrder, CommerceState, Order
from schemas.payloads import ImportRequested
from schemas.personal import PersonalData
from schemas.status import Channel, ImportState, Status, StockState
from schemas.store import OrderNumberSource, OrderSettings, OrderStatusChoice

_IMPORTABLE = {ImportState.REQUESTED, ImportState.BLOCKED}


def ask(
    context: OrderContext, event: ImportRequested, answers: tuple[Answer, ...]
) -> GetAmazonOrder | LookUpOrder | CreateOrder | ChangeAddress | None:
    """Look up the Commerce order and the products first; then, if nothing blocks the order, request its creation.

    Before both, get the order from Amazon if its amounts are missing.
    """
    if change_commerce_address.is_due(context):
        return change_commerce_address.ask(context, answers)
    if not answers and context.order and _lacks_amounts(derive(context.order, context.store)):
        return GetAmazonOrder(context.order.key, context.order.marketplace_id)
    _, context, answers = _with_amazons_answer(context, answers)
    order = context.order and derive(context.order, context.store)
    if order is None or order.commerce_order is not None:
        return None
    if not answers:
        # Also for an order that is canceled by now: a creation in flight must not remain unnoticed.
        is_final = order.import_state not in _IMPORTABLE
        return replace(products.look_up(context, order), is_final=is_final)
    lookup = answers[-1]
    return _creation(context, order, lookup) if isinstance(lookup, OrderLookup) else None


def _creation(context: OrderContext, order: Order, lookup: OrderLookup) -> CreateOrder | None:
    """Return the request to create the order, or to finish the one that was found; None when there is nothing to do."""
    by_line = products.resolve(context, order, lookup)
    if lookup.commerce_order is not None:
        is_due = _is_unfinished(order, lookup) and not _finishing_blockers(context, order, lookup)
        return replace(_create_request(context, order, by_line), is_found=True) if is_due else None
    if order.import_state not in _IMPORTABLE or find_blockers(context, order, lookup):
        return None
    return replace(_create_request(context, order, by_line), is_untried=lookup.is_untried)


def decide(context: OrderContext, event: ImportRequested, answers: tuple[Answer, ...]) -> Decision:
    """Record the Commerce order, or the blockers; and Amazon's report of the order, if it was asked."""
    if change_commerce_address.is_due(context):
        return change_commerce_address.decide(context, answers)
    reported, context, answers = _with_amazons_answer(context, answers)
    return _joined(reported, _decide(context, answers))


def _lacks_amounts(order: Order) -> bool:
    """Whether the order is due, amounts of it are missing, and it is not blocked on them: Amazon was not asked yet."""
    is_known = order.order_total is not None and all(line.item_price is not None for line in order.lines)
    if is_known or order.import_state not in _IMPORTABLE:
        return False
    is_asked = any(blocker.kind is BlockerKind.MONEY for blocker in order.blockers)
    return not is_asked and isinstance(importable_totals(order), Blocker)


def _with_amazons_answer(
    context: OrderContext, answers: tuple[Answer, ...]
) -> tuple[Decision, OrderContext, tuple[Answer, ...]]:
    """Return the effects of Amazon's answer, the context after it, and the other answers; Amazon is asked first."""
    match answers:
        case (AmazonOrder(report=report), *others):
            reported = apply_report(context, report)
            after = context._replace(
                order=reported.order or context.order, personal=reported.personal or context.personal
            )
            return reported, after, tuple(others)
        case (RequestRefused(), *others):
            return Decision(), context, tuple(others)
    return Decision(), context, answers


def _joined(reported: Decision, decided: Decision) -> Decision:
    """Return the effects of both; the import that the report makes necessary is the one that was just decided."""
    if reported.order is None:
        return decided
    requests = tuple(payload for payload in reported.follow_ups if not isinstance(payload, ImportRequested))
    return decided._replace(
        order=decided.order or reported.order,
        note=" ".join(note for note in (reported.note, decided.note) if note),
        follow_ups=(*requests, *decided.follow_ups),
        personal=reported.personal,
    )


def _decide(context: OrderContext, answers: tuple[Answer, ...]) -> Decision:
    if context.order is None:
        return Decision(rejection="The order is not recorded; publish order.placed for it first.")
    order = products.assign_products(context, derive(context.order, context.store), answers)
    match answers:
        case (_, OrderCreated(commerce_order=commerce_order, contents=contents)):
            return _imported(context, order, commerce_order, contents)
        case (OrderLookup(commerce_order=CommerceOrder()) as lookup, *others):
            return _found(context, order, lookup, others)
        case (_, RequestRefused() as refusal):
            return _refused(context, order, refusal)
        case (OrderLookup() as lookup,) if order.import_state in _IMPORTABLE:
            return _blocked(context, order, find_blockers(context, order, lookup))
    changed = order if order != context.order else None
    return Decision(order=changed, note=f"Nothing to import: the order is {order.import_state}.")


def _is_unfinished(order: Order, lookup: OrderLookup) -> bool:
    """Whether a Commerce order that was found was created in part only: an earlier attempt was interrupted.

    Or the address was changed since then. One that is to be canceled needs neither.
    """
    is_outdated = lookup.address_stamp not in (None, _address_stamp(order))
    return not is_canceled(order) and (lookup.is_placed_only or is_outdated)


def _finishing_blockers(context: OrderContext, order: Order, lookup: OrderLookup) -> tuple[Blocker, ...]:
    """Return the blockers without whose end an order that is placed cannot be finished.

    Its products are reserved, for it: that they are out of stock, or disabled, does not matter any more.
    """
    needed = (BlockerKind.PRODUCT_MISSING, BlockerKind.MONEY)
    return tuple(blocker for blocker in find_blockers(context, order, lookup) if blocker.kind in needed)


def _found(context: OrderContext, order: Order, lookup: OrderLookup, others: list[Answer]) -> Decision:
    """Adopt the Commerce order, unless it is to be finished first and cannot be: then the order is blocked."""
    assert lookup.commerce_order is not None  # noqa: S101 - the caller has matched it
    if order.import_state in _IMPORTABLE and _is_unfinished(order, lookup):
        match others:
            case [RequestRefused() as refusal]:
                return _refused(context, order, refusal)
        if lookup.is_placed_only and (causing := _finishing_blockers(context, order, lookup)):
            return _blocked(context, order, causing)
    return _imported(context, order, lookup.commerce_order, lookup.contents)


def _address_stamp(order: Order) -> int:
    return order.fact_stamps.get("shipping_address", 0)


def find_blockers(context: OrderContext, order: Order, lookup: OrderLookup) -> tuple[Blocker, ...]:
    """Return all blockers of the order that are found without a request to create it."""
    all_blockers = products.product_blockers(context, order, products.resolve(context, order, lookup))
    computed = importable_totals(order)
    if isinstance(computed, Blocker):
        all_blockers.append(computed)
    if order.fulfillment_channel is Channel.MFN and not _has_address(context):
        all_blockers.append(blockers.personal_data(order))
    asked_to_cancel = blockers.buyer_asked_to_cancel(order)
    if asked_to_cancel:
        all_blockers.append(asked_to_cancel)
    no_phone = missing_phone_reason(context.personal, context.store.settings.missing_phone)
    if order.fulfillment_channel is Channel.MFN and no_phone:
        all_blockers.append(blockers.address(order, no_phone))
    return tuple(all_blockers)


def _has_address(context: OrderContext) -> bool:
    return context.personal is not None and context.personal.shipping_address is not None


def _create_request(context: OrderContext, order: Order, by_line: dict[str, ProductState]) -> CreateOrder:
    computed = importable_totals(order)
    assert isinstance(computed, totals.Totals)  # noqa: S101 - `find_blockers` has just computed them
    settings = context.store.settings
    by_amazon = order.fulfillment_channel is Channel.AFN
    return CreateOrder(
        key=order.key,
        settings=settings,
        number=order.amazon_order_id if settings.order_number_source is OrderNumberSource.AMAZON else None,
        status=commerce_status(settings, order.fulfillment_channel),
        complete=by_amazon,
        reserve=_reserves(order, settings, by_line),
        lines=_order_lines(order, computed, by_line),
        total=computed.total,
        personal=complete_address(context.personal or PersonalData(), settings.missing_phone),
        customer=settings.customer_creation,
        instructions=_instructions(context, order),
        address_stamp=_address_stamp(order),
    )


def _instructions(context: OrderContext, order: Order) -> tuple[Instruction, ...]:
    personal = context.personal.instructions if context.personal else None
    return tuple(
        instruction._replace(text=with_sku(order, instruction)) for instruction in instructions_of(order, personal)
    )


def commerce_status(settings: OrderSettings, channel: Channel) -> str:
    """Return the status of a created order: the store's custom one, else `complete` (FBA) or `processing` (FBM)."""
    if settings.order_status is OrderStatusChoice.CUSTOM and settings.processing_status:
        return settings.processing_status
    return "complete" if channel is Channel.AFN else "processing"


def _reserves(order: Order, settings: OrderSettings, by_line: dict[str, ProductState]) -> bool:
    status = Status(order.amazon_status)
    if not settings.inventory_management:
        return cell_without_inventory_management(
            order.fulfillment_channel, status, reserve_quantity=settings.reserve_quantity
        ).reserve
    stocks = {product.stock for product in by_line.values()}
    stock = StockState.NOT_MANAGED if stocks == {StockState.NOT_MANAGED} else StockState.IN_STOCK
    return cell(order.fulfillment_channel, stock, status).reserve


def _order_lines(order: Order, computed: totals.Totals, by_line: dict[str, ProductState]) -> tuple[OrderLine, ...]:
    return tuple(
        OrderLine(
            order_item_id=line.order_item_id,
            sku=by_line[line.order_item_id].sku,
            title=line.title or line.seller_sku,
            quantity=line.quantity,
            price=computed.lines[line.order_item_id].price,
            tax=computed.lines[line.order_item_id].tax,
            shipping=computed.lines[line.order_item_id].shipping,
            discount=computed.lines[line.order_item_id].discount,
            identity=by_line[line.order_item_id].identity,
        )
        for line in order.lines
    )


def _imported(
    context: OrderContext, before: Order, commerce_order: CommerceOrder, contents: OrderContents | None
) -> Decision:
    imported = {"commerce_order": commerce_order, "commerce_snapshot": commerce_differs(before, contents)}
    mismatch = mismatch_message(before.model_copy(update=imported))
    note = f"Commerce order {commerce_order.number} created.{f' {mismatch}' if mismatch else ''}"
    after = derive(before, context.store, **imported, blockers=(), stock_reserved=False, note=note)
    announcement = payloads.OrderImported.of(after.key, commerce_order=commerce_order)
    completed = [payloads.OrderCompleted.of(after.key)] if commerce_order.state is CommerceState.COMPLETE else []
    return Decision(after, note, (announcement, *completed, *follow_ups(before, after, context.store)))


def _refused(context: OrderContext, before: Order, refusal: RequestRefused) -> Decision:
    hint = region_hint(context.personal.shipping_address if context.personal else None)
    causing = blockers.from_refusal(before, refusal, hint)
    if causing:
        return _blocked(context, before, causing)
    return Decision(before, rejection=f"Commerce refused to create the order: {refusal.reason}", suppress_reminder=True)


def _blocked(context: OrderContext, before: Order, present: tuple[Blocker, ...]) -> Decision:
    """Block the order. With unchanged blockers it is written without note: each sync would add to its history."""
    if _without_salable(before.blockers) == _without_salable(present):
        return Decision(before)
    note = blockers.blocked_note(present)
    after = derive(before, context.store, blockers=present, note=note)
    causes = tuple(blocker.cause for blocker in present)
    announcement = payloads.OrderBlocked.of(after.key, causes=causes, note=note)
    return Decision(after, note, (announcement, *follow_ups(before, after, context.store)))


def _without_salable(original: tuple[Blocker, ...]) -> list[Blocker]:
    """Return the blockers without their salable quantities: another insufficient quantity is no other blocker."""
    return [blocker.model_copy(update={"salable": None}) for blocker in original]
