"""import.requested: the Commerce order is created, once, or the order is blocked with its causes.

The importer looks before it creates, so a repeated request finds the order that is already there.
"""

from handlers.decision import Decision, OrderContext
from handlers.rules import blockers, products, totals
from handlers.rules.commerce_address import complete_address
from handlers.rules.commerce_mismatch import commerce_differs, mismatch_message
from handlers.rules.creation_matrix import cell, cell_without_inventory_management
from handlers.rules.order_state import derive, follow_ups
from schemas import payloads
from schemas.blockers import Blocker
from schemas.gateway_requests import (
    Answer,
    CreateOrder,
    LookUpOrder,
    OrderContents,
    OrderCreated,
    OrderLine,
    OrderLookup,
    ProductState,
    RequestRefused,
)
from schemas.order import CommerceOrder, CommerceState, Order
from schemas.payloads import ImportRequested
from schemas.personal import PersonalData
from schemas.status import Channel, ImportState, Status, StockState
from schemas.store import OrderNumberSource, OrderSettings, OrderStatusChoice

_OPEN = {ImportState.REQUESTED, ImportState.BLOCKED}


def ask(known: OrderContext, event: ImportRequested, answers: tuple[Answer, ...]) -> LookUpOrder | CreateOrder | None:
    """Ask for the order and its products first, then, if nothing stands in the way, for its creation."""
    order = known.order and derive(known.order, known.store)
    if order is None or order.commerce_order is not None:
        return None
    if not answers:
        # Even for an order that is canceled by now: a creation that was under way must not stay behind unknown.
        return products.look_up(known, order)
    seen = answers[-1]
    if not isinstance(seen, OrderLookup) or seen.commerce_order is not None or order.import_state not in _OPEN:
        return None
    if find_blockers(known, order, seen):
        return None
    return _creation(known, order, products.resolve(known, order, seen))


def decide(known: OrderContext, event: ImportRequested, answers: tuple[Answer, ...]) -> Decision:
    """Write down the Commerce order, or what blocks it."""
    if known.order is None:
        return Decision(rejection="The order is not recorded; publish order.placed for it first.")
    order = products.assign_products(known, derive(known.order, known.store), answers)
    match answers:
        case (OrderLookup(commerce_order=CommerceOrder() as commerce_order, contents=contents), *_):
            return _imported(known, order, commerce_order, contents)
        case (_, OrderCreated(commerce_order=commerce_order, contents=contents)):
            return _imported(known, order, commerce_order, contents)
        case (_, RequestRefused() as refusal):
            return _refused(known, order, refusal)
        case (OrderLookup() as seen,) if order.import_state in _OPEN:
            return _blocked(known, order, find_blockers(known, order, seen))
    changed = order if order != known.order else None
    return Decision(order=changed, note=f"Nothing to import: the order is {order.import_state}.")


def find_blockers(known: OrderContext, order: Order, seen: OrderLookup) -> tuple[Blocker, ...]:
    """Return all that stands in the way of creating the order, before Commerce is asked to create it."""
    found = products.product_blockers(known, order, products.resolve(known, order, seen))
    adding = totals.compute_totals(order)
    if isinstance(adding, Blocker):
        found.append(adding)
    if order.fulfillment_channel is Channel.MFN and not _has_address(known):
        found.append(blockers.personal_data(order))
    return tuple(found)


def _has_address(known: OrderContext) -> bool:
    return known.personal is not None and known.personal.shipping_address is not None


def _creation(known: OrderContext, order: Order, found: dict[str, ProductState]) -> CreateOrder:
    adding = totals.compute_totals(order)
    assert isinstance(adding, totals.Totals)  # noqa: S101 - `find_blockers` has just seen that they add up
    settings = known.store.settings
    by_amazon = order.fulfillment_channel is Channel.AFN
    return CreateOrder(
        key=order.key,
        settings=settings,
        number=order.amazon_order_id if settings.order_number_source is OrderNumberSource.AMAZON else None,
        status=commerce_status(settings, order.fulfillment_channel),
        complete=by_amazon,
        reserve=_reserves(order, settings, found),
        lines=_lines(order, adding, found),
        total=adding.total,
        personal=complete_address(known.personal or PersonalData()),
        customer=settings.customer_creation,
    )


def commerce_status(settings: OrderSettings, channel: Channel) -> str:
    """Return the status of a created order: the store's own, else `complete` where Amazon ships, else `processing`."""
    if settings.order_status is OrderStatusChoice.CUSTOM and settings.processing_status:
        return settings.processing_status
    return "complete" if channel is Channel.AFN else "processing"


def _reserves(order: Order, settings: OrderSettings, found: dict[str, ProductState]) -> bool:
    status = Status(order.amazon_status)
    if not settings.inventory_management:
        return cell_without_inventory_management(
            order.fulfillment_channel, status, reserve_quantity=settings.reserve_quantity
        ).reserve
    stocks = {product.stock for product in found.values()}
    stock = StockState.NOT_MANAGED if stocks == {StockState.NOT_MANAGED} else StockState.IN_STOCK
    return cell(order.fulfillment_channel, stock, status).reserve


def _lines(order: Order, adding: totals.Totals, found: dict[str, ProductState]) -> tuple[OrderLine, ...]:
    return tuple(
        OrderLine(
            order_item_id=line.order_item_id,
            sku=found[line.order_item_id].sku,
            title=line.title or line.seller_sku,
            quantity=line.quantity,
            price=adding.lines[line.order_item_id].price,
            tax=adding.lines[line.order_item_id].tax,
            shipping=adding.lines[line.order_item_id].shipping,
            discount=adding.lines[line.order_item_id].discount,
        )
        for line in order.lines
    )


def _imported(
    known: OrderContext, before: Order, commerce_order: CommerceOrder, contents: OrderContents | None
) -> Decision:
    imported = {"commerce_order": commerce_order, "commerce_snapshot": commerce_differs(before, contents)}
    wrong = mismatch_message(before.model_copy(update=imported))
    note = f"Commerce order {commerce_order.number} created.{f' {wrong}' if wrong else ''}"
    after = derive(before, known.store, **imported, blockers=(), stock_reserved=False, note=note)
    key = {"store_id": after.store_id, "amazon_order_id": after.amazon_order_id}
    told = [payloads.OrderImported(**key, commerce_order=commerce_order)]
    completed = [payloads.OrderCompleted(**key)] if commerce_order.state is CommerceState.COMPLETE else []
    return Decision(after, note, (*told, *completed, *follow_ups(before, after, known.store)))


def _refused(known: OrderContext, before: Order, refusal: RequestRefused) -> Decision:
    found = blockers.from_refusal(before, refusal)
    if found:
        return _blocked(known, before, found)
    return Decision(before, rejection=f"Commerce refused to create the order: {refusal.reason}", suppress_reminder=True)


def _blocked(known: OrderContext, before: Order, found: tuple[Blocker, ...]) -> Decision:
    """Block the order. Still blocked on the same, it is only counted: the sync would fill its history otherwise."""
    if _but_for_salable(before.blockers) == _but_for_salable(found):
        return Decision(before)
    note = blockers.blocked_note(found)
    after = derive(before, known.store, blockers=found, note=note)
    told = payloads.OrderBlocked(
        store_id=after.store_id,
        amazon_order_id=after.amazon_order_id,
        causes=tuple(blocker.cause for blocker in found),
        note=note,
    )
    return Decision(after, note, (told, *follow_ups(before, after, known.store)))


def _but_for_salable(found: tuple[Blocker, ...]) -> list[Blocker]:
    """Return blockers without what was salable at the time: too few are too few."""
    return [blocker.model_copy(update={"salable": None}) for blocker in found]
