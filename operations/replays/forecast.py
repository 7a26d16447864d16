"""Forecasting: which causes of blocked orders still stand, by a look at Commerce, before anything is replayed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from gateways.port import Gateways
from handlers.decision import OrderContext
from handlers.rules import products
from ledger.dead_letters.replay_queries import PRODUCT_KINDS, CauseGroup
from ledger.ledger import Ledger
from schemas.blockers import BlockerKind
from schemas.errors import RetryableError
from schemas.gateway_requests import LookUpOrder, OrderLookup, ProductState
from schemas.line import Line
from schemas.order import Order, OrderKey
from schemas.store import Store, unknown_store

CHUNK = 200
"""Products asked for in one question."""

NO_ORDER = "000-0000000-0000000"
"""Stands for the order in a question that is about products only."""

_OF_AN_ORDER = {
    BlockerKind.ADDRESS: "Commerce refused the address, and it was not edited since.",
    BlockerKind.MONEY: "Amazon has not reported amounts that add up.",
    BlockerKind.PERSONAL_DATA: "The shipping address has neither come nor been entered.",
    BlockerKind.NEVER_PLACED: "The order has still not been placed.",
}
"""What ends these asks for the import by itself; an order that is still blocked on them has not seen it."""


def still_blocking(ledger: Ledger, gateways: Gateways, groups: Sequence[CauseGroup]) -> dict[CauseGroup, str]:
    """Return the causes that still stand, each with the reason.

    Products are looked up in Commerce, all of a store's together; one order of each group stands for the others.
    Raises RetryableError when Commerce cannot be asked.
    """
    found = {group: _OF_AN_ORDER[group.kind] for group in groups if group.kind in _OF_AN_ORDER}
    by_product = [group for group in groups if group.kind in PRODUCT_KINDS]
    by_store: dict[str, list[tuple[CauseGroup, OrderContext]]] = defaultdict(list)
    for group, known in _known(ledger, by_product).items():
        by_store[group.store_id].append((group, known))
    for examples in by_store.values():
        seen = _look_up(gateways, examples[0][1].store, [known for _, known in examples])
        reasons = {group: _still_blocked(group, known, seen) for group, known in examples}
        found |= {group: reason for group, reason in reasons.items() if reason}
    return found


def _known(ledger: Ledger, groups: Sequence[CauseGroup]) -> dict[CauseGroup, OrderContext]:
    """Return what is known of each group's example, with only those of its lines that the cause is about."""
    with ledger.read() as work:
        orders = work.orders.load({(group.store_id, group.example) for group in groups}, lock=False)
        stores = work.stores.load({group.store_id for group in groups})
        matches = work.matches.load(
            {(order.store_id, line.seller_sku) for order in orders.values() for line in order.lines}
        )
    return {
        group: _example(group, orders[key], stores, matches)
        for group in groups
        if (key := (group.store_id, group.example)) in orders
    }


def _example(
    group: CauseGroup, order: Order, stores: Mapping[str, Store], matches: Mapping[tuple[str, str], str]
) -> OrderContext:
    lines = tuple(line for line in order.lines if _is_about(group.key, line, matches.get(_listing(order.key, line))))
    order = order.model_copy(update={"lines": lines or order.lines})
    by_hand = {
        line.seller_sku: sku for line in order.lines if (sku := matches.get(_listing(order.key, line))) is not None
    }
    return OrderContext(store=stores.get(order.store_id) or unknown_store(order.store_id), order=order, matches=by_hand)


def _listing(order: OrderKey, line: Line) -> tuple[str, str]:
    return order[0], line.seller_sku


def _is_about(key: str, line: Line, matched: str | None) -> bool:
    return key in (line.seller_sku, line.sku, matched)


def _look_up(gateways: Gateways, store: Store, examples: Sequence[OrderContext]) -> OrderLookup:
    """Ask for the products of all examples of a store, in as few questions as they fit in."""
    wanted = [products.look_up(known, known.order) for known in examples if known.order]
    skus = sorted({sku for question in wanted for sku in question.skus})
    asins = sorted({asin for question in wanted for asin in question.asins})
    view, nobody = store.settings.commerce_store_view, (store.store_id, NO_ORDER)
    questions = [
        LookUpOrder(nobody, view, tuple(skus[start : start + CHUNK]), tuple(asins[start : start + CHUNK]), {})
        for start in range(0, max(len(skus), len(asins)), CHUNK)
    ]
    seen: dict[str, ProductState] = {}
    by_asin: dict[str, str] = {}
    for answer in gateways.perform(questions):
        if isinstance(answer, RetryableError):
            raise answer
        assert isinstance(answer, OrderLookup)  # noqa: S101 - the port answers a look with what it saw
        seen |= answer.products
        by_asin |= answer.by_asin
    return OrderLookup(None, seen, by_asin)


def _still_blocked(group: CauseGroup, known: OrderContext, seen: OrderLookup) -> str | None:
    assert known.order is not None  # noqa: S101 - `_example` gives one
    found = products.product_blockers(known, known.order, products.resolve(known, known.order, seen))
    return f"{found[0].reason}." if found else None
