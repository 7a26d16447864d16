"""The forecast of a dry run: which causes of blocked orders would still block, by a look-up in Commerce."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from gateways.port import Gateways
from handlers.decision import OrderContext
from handlers.rules import products
from ledger.dead_letters.cause_sets import PRODUCT_KINDS, CauseGroup
from ledger.ledger import Ledger
from schemas.blockers import BlockerKind
from schemas.errors import RetryableError
from schemas.gateway_requests import LookUpOrder, OrderLookup, ProductState
from schemas.line import Line
from schemas.order import Order, OrderKey
from schemas.store import Store, unknown_store

CHUNK = 200
"""Products in one request."""

NO_ORDER = "000-0000000-0000000"
"""The order id of a request that is about products only."""

_OF_AN_ORDER = {
    BlockerKind.ADDRESS: "Commerce refused the address, and it has not been edited since.",
    BlockerKind.MONEY: "Amazon has not reported amounts that add up.",
    BlockerKind.PERSONAL_DATA: "The shipping address has neither been reported nor entered.",
    BlockerKind.BUYER_CANCELLATION: "The buyer's request to cancel has been neither met nor declined.",
    BlockerKind.NEVER_PLACED: "The order has still not been placed.",
}
"""The event that ends one of these causes requests the import itself, so a blocked order has not had it."""


def still_blocking(ledger: Ledger, gateways: Gateways, groups: Sequence[CauseGroup]) -> dict[CauseGroup, str]:
    """Return the causes that would still block, each with the reason.

    Products are looked up in Commerce, all of a store's together, for one example order of each group.
    Raises RetryableError when Commerce does not answer.
    """
    blocking = {group: _OF_AN_ORDER[group.kind] for group in groups if group.kind in _OF_AN_ORDER}
    by_product = [group for group in groups if group.kind in PRODUCT_KINDS]
    by_store: dict[str, list[tuple[CauseGroup, OrderContext]]] = defaultdict(list)
    for group, example in _examples(ledger, by_product).items():
        by_store[group.store_id].append((group, example))
    for examples in by_store.values():
        lookup = _look_up(gateways, examples[0][1].store, [example for _, example in examples])
        reasons = {group: _still_blocked(example, lookup) for group, example in examples}
        blocking |= {group: reason for group, reason in reasons.items() if reason}
    return blocking


def _examples(ledger: Ledger, groups: Sequence[CauseGroup]) -> dict[CauseGroup, OrderContext]:
    """Return the example order of each group, with only those of its lines that the cause is about."""
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
    manual = {
        line.seller_sku: sku for line in order.lines if (sku := matches.get(_listing(order.key, line))) is not None
    }
    return OrderContext(store=stores.get(order.store_id) or unknown_store(order.store_id), order=order, matches=manual)


def _listing(order: OrderKey, line: Line) -> tuple[str, str]:
    return order[0], line.seller_sku


def _is_about(key: str, line: Line, matched: str | None) -> bool:
    return key in (line.seller_sku, line.sku, matched)


def _look_up(gateways: Gateways, store: Store, examples: Sequence[OrderContext]) -> OrderLookup:
    """Look up the products of all examples of a store, in as few requests as possible."""
    lookups = [products.look_up(example, example.order) for example in examples if example.order]
    skus = sorted({sku for lookup in lookups for sku in lookup.skus})
    asins = sorted({asin for lookup in lookups for asin in lookup.asins})
    view, no_order = store.settings.commerce_store_view, (store.store_id, NO_ORDER)
    requests = [
        LookUpOrder(no_order, view, tuple(skus[start : start + CHUNK]), tuple(asins[start : start + CHUNK]), {})
        for start in range(0, max(len(skus), len(asins)), CHUNK)
    ]
    by_sku: dict[str, ProductState] = {}
    by_asin: dict[str, str] = {}
    for answer in gateways.perform(requests):
        if isinstance(answer, RetryableError):
            raise answer
        assert isinstance(answer, OrderLookup)  # noqa: S101 - the port answers a look-up with an OrderLookup
        by_sku |= answer.products
        by_asin |= answer.by_asin
    return OrderLookup(None, by_sku, by_asin)


def _still_blocked(example: OrderContext, lookup: OrderLookup) -> str | None:
    assert example.order is not None  # noqa: S101 - `_example` sets it
    blockers = products.product_blockers(example, example.order, products.resolve(example, example.order, lookup))
    return f"{blockers[0].reason}." if blockers else None
