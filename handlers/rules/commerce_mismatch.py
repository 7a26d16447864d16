"""Mismatches: Amazon changed an order after its Commerce order was created. Only a person can correct it in Commerce.

A snapshot of the Commerce order as it was created is kept while Amazon reports another content, and dropped when the
reports match it again, so that reports have the same effect in any order. A report may arrive while Commerce creates
the order; the snapshot is therefore taken from Commerce's answer, not from the order as it is recorded by then.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from handlers.rules import totals
from handlers.rules.accepted_total import importable_totals
from handlers.rules.order_state import is_canceled
from schemas.gateway_requests import OrderContents
from schemas.money import Money
from schemas.order import Order, OrderSnapshot

_MAX_NAMED = 3
"""Products that a message names, at most: an order may have a thousand lines."""

_FACTS = {"lines", "order_total", "amazon_status"}


def snapshot_if_changed(order: Order, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the change of `commerce_snapshot` that a report's changes cause; a canceled order is not corrected."""
    if order.commerce_order is None or _FACTS.isdisjoint(changes):
        return {}
    return {
        "commerce_snapshot": _snapshot_if_different(
            order.commerce_snapshot or _snapshot(order), order.model_copy(update=changes)
        )
    }


def commerce_differs(order: Order, contents: OrderContents | None) -> OrderSnapshot | None:
    """Return the snapshot of a created Commerce order, None when it matches the order or its contents are unknown."""
    if contents is None:
        return None
    seller_skus = {line.order_item_id: line.seller_sku for line in (*order.removed_lines, *order.lines)}
    quantities: Counter[str] = Counter()
    for order_item_id, quantity in contents.quantities.items():
        quantities[seller_skus.get(order_item_id, order_item_id)] += quantity
    return _snapshot_if_different(OrderSnapshot(quantities=dict(quantities), total=contents.total), order)


def _snapshot_if_different(created: OrderSnapshot, order: Order) -> OrderSnapshot | None:
    return None if is_canceled(order) or _is_same(created, _snapshot(order)) else created


def mismatch_message(order: Order) -> str | None:
    """Return how the Commerce order differs from Amazon's present report, and what to do; None when they match."""
    created, now = order.commerce_snapshot, _snapshot(order) if order.commerce_snapshot else None
    if created is None or now is None or order.commerce_order is None or not _differs(created, now):
        return None
    return (
        f"Commerce order {order.commerce_order.number} was created with {_difference(created, now)};"
        f" Amazon now reports {_difference(now, created)}: correct it in Commerce."
    )


def _snapshot(order: Order) -> OrderSnapshot:
    return OrderSnapshot(quantities=order.quantities, total=order.order_total or _computed_total(order))


def _computed_total(order: Order) -> Money | None:
    computed = importable_totals(order)
    return computed.total if isinstance(computed, totals.Totals) else None


def _is_same(created: OrderSnapshot, now: OrderSnapshot) -> bool:
    """Whether the snapshot may be dropped; not when the total is missing now, as a later report may bring another."""
    return not _differing_skus(created, now) and created.total == now.total


def _differs(created: OrderSnapshot, now: OrderSnapshot) -> bool:
    return bool(_differing_skus(created, now)) or _totals_differ(created, now)


def _differing_skus(one: OrderSnapshot, other: OrderSnapshot) -> list[str]:
    skus = one.quantities.keys() | other.quantities.keys()
    return sorted(sku for sku in skus if one.quantities.get(sku, 0) != other.quantities.get(sku, 0))


def _totals_differ(one: OrderSnapshot, other: OrderSnapshot) -> bool:
    return one.total is not None and other.total is not None and one.total != other.total


def _difference(one: OrderSnapshot, other: OrderSnapshot) -> str:
    """Return the quantities and the total of *one* that differ in the *other*, in words."""
    skus = _differing_skus(one, other)
    named = [f"{one.quantities.get(sku, 0)} of {sku}" for sku in skus[:_MAX_NAMED]]
    more = [f"{len(skus) - _MAX_NAMED} products more"] if len(skus) > _MAX_NAMED else []
    total = [f"a total of {one.total}"] if _totals_differ(one, other) else []
    return ", ".join(named + more + total)
