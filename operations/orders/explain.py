"""Explaining an order: how each decision about its import falls, from what is known and a fresh look at Commerce."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateways.port import Gateways
from handlers.decision import OrderContext
from handlers.import_order import commerce_status, find_blockers
from handlers.rules import products, totals
from handlers.rules.creation_matrix import Cell, cell, cell_without_inventory_management
from handlers.rules.order_state import derive
from ledger.ledger import Ledger
from operations.orders.actions import find_order
from operations.orders.explain_checks import FieldState, LookupStep, fields_of, lookup_steps, why_not_imported
from pipeline.lookup import BatchState
from schemas.blockers import Blocker, BlockerKind
from schemas.dead_letters import DeadLetter, LetterFilter, LetterState
from schemas.errors import RetryableError
from schemas.gateway_requests import OrderLookup, ProductState
from schemas.history import HistoryEntry
from schemas.line import Line
from schemas.money import Money
from schemas.order import Order
from schemas.status import Channel, ImportState, Status, StockState
from schemas.store import Store

_OPEN = (ImportState.REQUESTED, ImportState.BLOCKED)


@dataclass(frozen=True, slots=True)
class BlockedSince:
    """A cause that is on record for an order, and since when it has been. `still`: it would block now as well."""

    blocker: Blocker
    at: datetime | None
    still: bool


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """One line: the way to its product, the product now, its stock, its cell of the matrix, what was wrong with it."""

    line: Line
    way: tuple[LookupStep, ...]
    product: ProductState | None
    stock: StockState | None
    cell: Cell | None
    then: BlockedSince | None

    @property
    def found_by(self) -> str | None:
        """What led to the product (match, sku, asin), if there is one."""
        return next((one.by for one in self.way if one.found), None)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an order is where it is. `money` says what is wrong with the amounts, None when they add up to `sum`."""

    order: Order
    store: Store
    lines: tuple[ExplainedLine, ...]
    address_needed: bool
    address: Mapping[str, FieldState]
    money: str | None
    sum: Money | None
    outcome: str
    blockers: tuple[Blocker, ...]
    recorded: tuple[BlockedSince, ...]
    letters: tuple[DeadLetter, ...]


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What the ledger knows of an order."""

    order: Order
    known: OrderContext
    history: list[HistoryEntry]
    letters: list[DeadLetter]


def explain(ledger: Ledger, gateways: Gateways, amazon_order_id: str, store_id: str | None) -> Explanation:
    """Explain an order. Raises NotFoundError, AmbiguousOrderError, and RetryableError when Commerce is away."""
    recorded = _recall(ledger, amazon_order_id, store_id)
    order = derive(recorded.order, recorded.known.store)
    (seen,) = gateways.perform([products.look_up(recorded.known, order)])
    if isinstance(seen, RetryableError):
        raise seen
    assert isinstance(seen, OrderLookup)  # noqa: S101 - the port answers a look with what it saw
    return _explained(recorded, order, seen)


def _recall(ledger: Ledger, amazon_order_id: str, store_id: str | None) -> _Recorded:
    with ledger.read() as work:
        found = find_order(work, amazon_order_id, store_id)
        pairs = {(found.store_id, line.seller_sku) for line in found.lines}
        matches = {pair[1]: sku for pair, sku in work.matches.load(pairs).items()}
        looked = BatchState(
            [], [], work.stores.load([found.store_id]), {found.key: found}, work.vault.load([found.key])
        )
        waiting = LetterFilter(state=LetterState.OPEN, store_id=found.store_id, amazon_order_id=found.amazon_order_id)
        known = OrderContext(looked.store(found.store_id), found, looked.personal.get(found.key), matches)
        return _Recorded(found, known, work.history.of_order(found.key), work.dead_letters.latest(waiting))


def _explained(recorded: _Recorded, order: Order, seen: OrderLookup) -> Explanation:
    known = recorded.known
    blockers = (*find_blockers(known, order, seen), *_refused_by_commerce(order))
    adding = totals.compute_totals(order)
    resolved = products.resolve(known, order, seen)
    since = tuple(_since(blocker, recorded.history, blockers) for blocker in order.blockers)
    return Explanation(
        order=order,
        store=known.store,
        lines=tuple(_line(known, order, line, seen, resolved, since) for line in order.lines),
        address_needed=order.fulfillment_channel is Channel.MFN,
        address=fields_of(known.personal.shipping_address if known.personal else None, blockers),
        money=adding.reason if isinstance(adding, Blocker) else None,
        sum=None if isinstance(adding, Blocker) else adding.total,
        outcome=_outcome(known, order, seen, blockers),
        blockers=blockers if order.import_state in _OPEN else (),
        recorded=since,
        letters=tuple(recorded.letters),
    )


def _refused_by_commerce(order: Order) -> tuple[Blocker, ...]:
    """Return what only an attempt to create the order tells, and an edit of the order takes back."""
    return tuple(blocker for blocker in order.blockers if blocker.kind is BlockerKind.ADDRESS)


def _since(blocker: Blocker, history: list[HistoryEntry], now: tuple[Blocker, ...]) -> BlockedSince:
    """Find when a blocker came on record: an order that stays blocked on the same is not written down again."""
    told = [entry.at for entry in history if blocker.reason in entry.note]
    return BlockedSince(blocker, max(told, default=None), any(one.cause == blocker.cause for one in now))


def _line(
    known: OrderContext,
    order: Order,
    line: Line,
    seen: OrderLookup,
    resolved: dict[str, ProductState],
    recorded: tuple[BlockedSince, ...],
) -> ExplainedLine:
    way = lookup_steps(known, line, seen)
    product = resolved.get(line.order_item_id)
    names = {line.sku, line.seller_sku, known.matches.get(line.seller_sku), product.sku if product else None}
    then = next((one for one in recorded if one.blocker.key in names), None)
    if product is None:
        return ExplainedLine(line, way, None, None, None, then)
    stock = StockState.OUT_OF_STOCK if products.exceeds_stock(order, product, resolved) else _in_stock(product)
    return ExplainedLine(line, way, product, stock, _cell(known, order, stock), then)


def _in_stock(product: ProductState) -> StockState:
    return StockState.NOT_MANAGED if product.stock is StockState.NOT_MANAGED else StockState.IN_STOCK


def _cell(known: OrderContext, order: Order, stock: StockState) -> Cell:
    settings, status = known.store.settings, Status(order.amazon_status)
    if settings.inventory_management:
        return cell(order.fulfillment_channel, stock, status)
    reserve = settings.reserve_quantity
    return cell_without_inventory_management(order.fulfillment_channel, status, reserve_quantity=reserve)


def _outcome(known: OrderContext, order: Order, seen: OrderLookup, blockers: tuple[Blocker, ...]) -> str:
    """Say what would happen to the order now."""
    made = order.commerce_order or seen.commerce_order
    if made is not None:
        there = f"Commerce order {made.number} exists: {made.status}."
        return there if order.commerce_order else f"{there} The next import takes it over."
    if order.import_state not in _OPEN:
        return why_not_imported(order, known.store)
    if blockers:
        return "It is blocked; the next import creates it once what is named below is solved."
    status = commerce_status(known.store.settings, order.fulfillment_channel)
    return f'It is created in Commerce at the next import, with status "{status}".'
