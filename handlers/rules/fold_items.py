"""Folding the items of Amazon's reports into an order's lines.

Which lines an order has is one fact, told as a whole: the listing. The later one counts, but one with made-up ids never
replaces one whose ids are all Amazon's. What is told of a line is a fact of its own, kept whether the line is listed or
left out: a report that does not tell it (Amazon's notifications tell no prices) erases nothing. Quantities shipped only
grow.
"""

from collections.abc import Collection, Iterator
from typing import Any

from schemas.amazon_report import Item
from schemas.line import Line
from schemas.order import Order
from schemas.synthetic_items import synthetic_ids

_FACTS = (
    "seller_sku",
    "quantity",
    "asin",
    "title",
    "item_price",
    "item_tax",
    "shipping_price",
    "shipping_tax",
    "discount",
)

Stamps = dict[str, int]


def fold_items(
    order: Order, stamps: Stamps, items: tuple[Item, ...], stamp: int
) -> tuple[dict[str, tuple[Line, ...]], Stamps]:
    """Return an order's `lines` and those `left_out`, and the stamps of all its facts, after a report of these items.

    The stamp `items` is that of the listing; a fact of a line has one of its own, `LINE/FACT`, where it differs.
    """
    since = stamps.get("items", -1)
    held = {line.order_item_id: line for line in order.lines + order.removed_lines}
    told = {item.order_item_id: item for item in items}
    listed, names, latest = [line.order_item_id for line in order.lines], list(told), since
    if names == listed:  # as most reports have it; to rank them would cost as much as to fold a line
        latest = max(since, stamp)
    elif _rank(order, names, stamp) > _rank(order, listed, since):
        listed, latest = names, stamp
    at = {fact: told_at for fact, told_at in stamps.items() if "/" not in fact}
    own = stamps if len(at) < len(stamps) else {}
    at["items"] = latest
    known = {}
    for name in held | told:
        line, item = held.get(name), told.get(name)
        facts = {}
        for fact, told_at, value in _facts(line, own, since, item, stamp):
            facts[fact] = value
            if told_at != latest:
                at[f"{name}/{fact}"] = told_at
        known[name] = _line(name, line, item, facts)
    lines = tuple(known.pop(name) for name in listed)
    return {"lines": lines, "removed_lines": tuple(known[name] for name in sorted(known))}, at


def _rank(order: Order, names: Collection[str], stamp: int) -> tuple[bool, int, list[str]]:
    """Return the place of a listing among all listings of an order, none at all the last; greater names break ties."""
    by_amazon = bool(names) and not synthetic_ids(names, order.amazon_order_id)
    return by_amazon, stamp, list(names)


def _facts(
    held: Line | None, own: Stamps, since: int, told: Item | None, stamp: int
) -> Iterator[tuple[str, int, object]]:
    """Yield each fact of a line with the stamp of its later telling; between equals the greater value counts."""
    before, now = vars(held) if held else {}, vars(told) if told else {}
    for fact in _FACTS:
        old, new = before.get(fact), now.get(fact)
        if old is None and new is None:
            continue
        old_at = own.get(f"{held.order_item_id}/{fact}", since) if held and own else since
        if old is None or (new is not None and (stamp > old_at or (stamp == old_at and repr(new) > repr(old)))):
            yield fact, stamp, new
        else:
            yield fact, old_at, old


def _line(name: str, held: Line | None, told: Item | None, facts: dict[str, Any]) -> Line:
    """Return the line with these facts, and with the most that ever was shipped."""
    before = held.quantity_shipped if held else 0
    now = min(told.quantity_shipped or 0, told.quantity) if told else 0
    sku = held.sku if held else None
    return Line(order_item_id=name, sku=sku, quantity_shipped=max(before, now), **facts)
