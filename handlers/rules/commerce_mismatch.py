"""What Amazon changes about an order that Commerce has already. Only a person can correct it there, so people are told.

What the order was created with is kept while Amazon says otherwise, and forgotten when it says so again: two reports
come to the same whichever comes first. Reports that come while Commerce creates the order are none to it; so what it
was created with is what Commerce says, not what is known when the importer writes its number down.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from handlers.rules import totals
from handlers.rules.order_state import is_canceled
from schemas.gateway_requests import OrderContents
from schemas.money import Money
from schemas.order import Order, OrderSnapshot

_NAMED = 3
"""Products that a sentence names: an order may have a thousand lines."""

_FACTS = {"lines", "order_total", "amazon_status"}


def snapshot_if_changed(order: Order, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a report's changes make of `created_with`, as one more change. Nobody corrects a canceled order."""
    if order.commerce_order is None or _FACTS.isdisjoint(changes):
        return {}
    return {
        "commerce_snapshot": _unless_same(order.commerce_snapshot or _ordered(order), order.model_copy(update=changes))
    }


def commerce_differs(order: Order, contents: OrderContents | None) -> OrderSnapshot | None:
    """Return what Commerce created the order with, if Amazon says otherwise by now and Commerce tells."""
    if contents is None:
        return None
    listing = {line.order_item_id: line.seller_sku for line in (*order.removed_lines, *order.lines)}
    pieces: Counter[str] = Counter()
    for order_item_id, quantity in contents.quantities.items():
        pieces[listing.get(order_item_id, order_item_id)] += quantity
    return _unless_same(OrderSnapshot(quantities=dict(pieces), total=contents.total), order)


def _unless_same(created: OrderSnapshot, order: Order) -> OrderSnapshot | None:
    return None if is_canceled(order) or _is_same(created, _ordered(order)) else created


def mismatch_message(order: Order) -> str | None:
    """Say how the Commerce order differs from what Amazon says now, and what to do; None when it does not."""
    created, now = order.commerce_snapshot, _ordered(order) if order.commerce_snapshot else None
    if created is None or now is None or order.commerce_order is None or not _differs(created, now):
        return None
    then, told = _difference(created, now), _difference(now, created)
    return (
        f"Commerce order {order.commerce_order.number} was created with {then}; Amazon now says {told}:"
        " correct it in Commerce."
    )


def _ordered(order: Order) -> OrderSnapshot:
    return OrderSnapshot(quantities=order.quantities, total=order.order_total or _sum(order))


def _sum(order: Order) -> Money | None:
    adding = totals.compute_totals(order)
    return adding.total if isinstance(adding, totals.Totals) else None


def _is_same(created: OrderSnapshot, now: OrderSnapshot) -> bool:
    """Tell whether nothing is to be remembered; a total that is not told now may be told again as another."""
    return not _other_pieces(created, now) and created.total == now.total


def _differs(created: OrderSnapshot, now: OrderSnapshot) -> bool:
    return bool(_other_pieces(created, now)) or _other_total(created, now)


def _other_pieces(one: OrderSnapshot, other: OrderSnapshot) -> list[str]:
    skus = one.quantities.keys() | other.quantities.keys()
    return sorted(sku for sku in skus if one.quantities.get(sku, 0) != other.quantities.get(sku, 0))


def _other_total(one: OrderSnapshot, other: OrderSnapshot) -> bool:
    return one.total is not None and other.total is not None and one.total != other.total


def _difference(one: OrderSnapshot, other: OrderSnapshot) -> str:
    """Tell of *one* what is not so in the *other*."""
    skus = _other_pieces(one, other)
    told = [f"{one.quantities.get(sku, 0)} of {sku}" for sku in skus[:_NAMED]]
    more = [f"{len(skus) - _NAMED} products more"] if len(skus) > _NAMED else []
    total = [f"a total of {one.total}"] if _other_total(one, other) else []
    return ", ".join(told + more + total)
