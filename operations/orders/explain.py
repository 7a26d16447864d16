"""Explaining an order: how each decision about its import falls, from the ledger and a fresh look-up in Commerce."""

from dataclasses import dataclass

from handlers.decision import OrderContext
from handlers.import_order import commerce_status, find_blockers
from handlers.rules import products
from handlers.rules.accepted_total import accepted_total, importable_totals
from handlers.rules.buyer_cancellation import buyer_cancellation_sentence
from handlers.rules.creation_matrix import cell, cell_without_inventory_management
from handlers.rules.order_state import derive
from handlers.rules.reckoning import reckonings
from operations.context import Context
from operations.errors import NotFoundError
from operations.orders.details import blocker_of, instruction_details
from operations.orders.explain_checks import FieldState, fields_of, lookup_steps, why_not_imported
from operations.orders.explanation import (
    AddressExplanation,
    Explanation,
    LineExplanation,
    MatrixCell,
    MoneyExplanation,
    NeverPlacedOrder,
    RecordedBlocker,
    WayOfReckoning,
)
from operations.orders.models import BlockerDetails
from operations.orders.never_placed import find_never_placed
from operations.orders.queries import find_order
from schemas.blockers import Blocker, BlockerKind
from schemas.dead_letters import DeadLetter, LetterFilter, LetterState
from schemas.errors import RetryableError
from schemas.gateway_requests import OrderLookup, ProductState
from schemas.history import HistoryEntry
from schemas.line import Line
from schemas.order import Order
from schemas.status import Channel, ImportState, Status, StockState
from schemas.store import unknown_store

_OPEN = (ImportState.REQUESTED, ImportState.BLOCKED)


@dataclass(frozen=True, slots=True)
class _Facts:
    """An order with the ledger's and Commerce's facts about it, and the blockers that follow from them."""

    order_context: OrderContext
    order: Order
    history: list[HistoryEntry]
    letters: list[DeadLetter]
    seen: OrderLookup
    products: dict[str, ProductState]
    blockers: tuple[Blocker, ...]


def explain(context: Context, amazon_order_id: str, store_id: str | None = None) -> Explanation | NeverPlacedOrder:
    """Explain an order, or the deferred events and dead letters of one that was never placed.

    Raises NotFoundError, AmbiguousOrderError, and RetryableError when Commerce cannot be reached.
    """
    try:
        facts = _gather(context, amazon_order_id, store_id)
    except NotFoundError:
        never_placed = find_never_placed(context, amazon_order_id, store_id)
        if never_placed is None:
            raise
        return never_placed
    return _explained(facts)


def _gather(context: Context, amazon_order_id: str, store_id: str | None) -> _Facts:
    with context.ledger.read() as work:
        recorded = find_order(work, amazon_order_id, store_id)
        pairs = {(recorded.store_id, line.seller_sku) for line in recorded.lines}
        matches = {seller_sku: sku for (_, seller_sku), sku in work.matches.load(pairs).items()}
        stores, personal = work.stores.load([recorded.store_id]), work.vault.load([recorded.key])
        store = stores.get(recorded.store_id) or unknown_store(recorded.store_id)
        history = work.history.of_order(recorded.key)
        letters = work.dead_letters.latest(
            LetterFilter(state=LetterState.OPEN, store_id=recorded.store_id, amazon_order_id=recorded.amazon_order_id)
        )
    order_context = OrderContext(store, recorded, personal.get(recorded.key), matches)
    order = derive(recorded, store)
    seen = _look_up(context, order_context, order)
    blockers = (*find_blockers(order_context, order, seen), *_refused_by_commerce(order))
    return _Facts(order_context, order, history, letters, seen, products.resolve(order_context, order, seen), blockers)


def _look_up(context: Context, order_context: OrderContext, order: Order) -> OrderLookup:
    (result,) = context.gateways.perform([products.look_up(order_context, order)])
    if isinstance(result, RetryableError):
        raise result
    assert isinstance(result, OrderLookup)  # noqa: S101 - the port answers a look-up with an OrderLookup
    return result


def _refused_by_commerce(order: Order) -> tuple[Blocker, ...]:
    """Return blockers that only an attempt to create the order finds, and an edit of the order removes."""
    return tuple(blocker for blocker in order.blockers if blocker.kind is BlockerKind.ADDRESS)


def _explained(facts: _Facts) -> Explanation:
    order = facts.order
    recorded = tuple(_recorded(blocker, facts) for blocker in order.blockers)
    return Explanation(
        store_id=order.store_id,
        amazon_order_id=order.amazon_order_id,
        amazon_status=order.amazon_status,
        status_meaning=order.amazon_status.meaning,
        status=order.status,
        import_state=order.import_state,
        fulfillment_channel=order.fulfillment_channel,
        inventory_management=facts.order_context.store.settings.inventory_management,
        lines=tuple(_line(facts, line, recorded) for line in order.priced_lines),
        address=_address(facts),
        money=_money(order),
        buyer_cancellation=buyer_cancellation_sentence(order),
        instructions=instruction_details(order),
        outcome=_outcome(facts),
        blocked_on=_blocked_on(facts) if order.import_state in _OPEN else (),
        recorded=recorded,
        dead_letters=tuple(facts.letters),
    )


def _recorded(blocker: Blocker, facts: _Facts) -> RecordedBlocker:
    """Return a recorded blocker with its time: an order that stays blocked by the same is not recorded again."""
    times = [entry.at for entry in facts.history if blocker.reason in entry.note]
    return RecordedBlocker(
        at=max(times, default=None),
        kind=blocker.kind,
        key=blocker.key,
        reason=blocker.reason,
        salable=blocker.salable,
        still=any(current.cause == blocker.cause for current in facts.blockers),
    )


def _blocked_on(facts: _Facts) -> tuple[BlockerDetails, ...]:
    return tuple(map(blocker_of, facts.blockers))


def _line(facts: _Facts, line: Line, recorded: tuple[RecordedBlocker, ...]) -> LineExplanation:
    steps = lookup_steps(facts.order_context, line, facts.seen)
    product = facts.products.get(line.order_item_id)
    stock = _stock(facts, product) if product else None
    names = {
        line.sku,
        line.seller_sku,
        facts.order_context.matches.get(line.seller_sku),
        product.sku if product else None,
    }
    return LineExplanation(
        order_item_id=line.order_item_id,
        seller_sku=line.seller_sku,
        asin=line.asin,
        quantity=line.quantity,
        item_price=line.item_price,
        item_tax=line.item_tax,
        shipping_price=line.shipping_price,
        shipping_tax=line.shipping_tax,
        discount=line.discount,
        matched=next((step.name for step in steps if step.by == "match"), None),
        sku=product.sku if product else None,
        found_by=next((step.by for step in steps if step.found), None),
        enabled=product.enabled if product else None,
        stock=stock,
        salable=product.salable if product else None,
        cell=_cell(facts, stock) if stock else None,
        way=steps,
        then=next((blocker for blocker in recorded if blocker.key in names), None),
    )


def _stock(facts: _Facts, product: ProductState) -> StockState:
    if products.exceeds_stock(facts.order, product, facts.products):
        return StockState.OUT_OF_STOCK
    return StockState.NOT_MANAGED if product.stock is StockState.NOT_MANAGED else StockState.IN_STOCK


def _cell(facts: _Facts, stock: StockState) -> MatrixCell:
    settings, order = facts.order_context.store.settings, facts.order
    status = Status(order.amazon_status)
    if settings.inventory_management:
        matrix = cell(order.fulfillment_channel, stock, status)
    else:
        reserve = settings.reserve_quantity
        matrix = cell_without_inventory_management(order.fulfillment_channel, status, reserve_quantity=reserve)
    return MatrixCell(create=matrix.create, reserve=matrix.reserve)


def _address(facts: _Facts) -> AddressExplanation:
    personal = facts.order_context.personal
    fields = fields_of(personal.shipping_address if personal else None, facts.blockers)
    return AddressExplanation(
        needed=facts.order.fulfillment_channel is Channel.MFN,
        # Every address has a country; all other fields may be missing.
        present=fields["country_code"] is not FieldState.MISSING,
        fields=fields,
    )


def _money(order: Order) -> MoneyExplanation:
    computed = importable_totals(order)
    reason = computed.reason if isinstance(computed, Blocker) else None
    return MoneyExplanation(
        adds_up=reason is None,
        reason=reason,
        sum=None if isinstance(computed, Blocker) else computed.total,
        amazon_total=order.order_total,
        ways=tuple(
            WayOfReckoning(tax_included=way.tax_included, sum=way.sum, expected=way.is_expected)
            for way in reckonings(order)
        ),
        accepted=order.accepted_total if accepted_total(order) else None,
    )


def _outcome(facts: _Facts) -> str:
    """Return in a sentence the outcome of an import now."""
    order, store = facts.order, facts.order_context.store
    created = order.commerce_order or facts.seen.commerce_order
    if created is not None:
        exists = f"Commerce order {created.number} exists: {created.status}."
        return exists if order.commerce_order else f"{exists} The next import takes it over."
    if order.import_state not in _OPEN:
        return why_not_imported(order, store)
    if facts.blockers:
        return "Blocked. It is imported as soon as the causes below are resolved."
    status = commerce_status(store.settings, order.fulfillment_channel)
    return f'It is created in Commerce at the next import, with status "{status}".'
