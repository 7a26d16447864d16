"""Folding the items of Amazon's reports into an order's lines.

The list of an order's item ids is one fact, replaced as a whole. The later list wins, but one with synthetic ids never
replaces one with Amazon's ids only. Each fact of a line is a fact of its own, kept whether the line is listed or
removed: a report without it (Amazon's notifications have no prices) erases nothing. Shipped quantities only grow.
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
"""The stamp of the report that each fact is from, as in `Order.fact_stamps`."""


def fold_items(
    order: Order, stamps: Stamps, items: tuple[Item, ...], stamp: int
) -> tuple[dict[str, tuple[Line, ...]], Stamps]:
    """Return an order's `lines` and `removed_lines`, and the stamps of all its facts, after a report of these items.

    The stamp `items` is that of the list; a fact of a line has a stamp of its own, `LINE/FACT`, where it differs.
    """
    listed_at = stamps.get("items", -1)
    lines = {line.order_item_id: line for line in order.lines + order.removed_lines}
    reported = {item.order_item_id: item for item in items}
    listed, reported_ids, latest = [line.order_item_id for line in order.lines], list(reported), listed_at
    if reported_ids == listed:  # as in most reports; ranking the lists would cost as much as folding a line
        latest = max(listed_at, stamp)
    elif _rank(order, reported_ids, stamp) > _rank(order, listed, listed_at):
        listed, latest = reported_ids, stamp
    folded_stamps = {fact: fact_stamp for fact, fact_stamp in stamps.items() if "/" not in fact}
    line_stamps = stamps if len(folded_stamps) < len(stamps) else {}
    folded_stamps["items"] = latest
    folded = {}
    for item_id in lines | reported:
        line, item = lines.get(item_id), reported.get(item_id)
        facts = {}
        for fact, fact_stamp, value in _fold_facts(line, line_stamps, listed_at, item, stamp):
            facts[fact] = value
            if fact_stamp != latest:
                folded_stamps[f"{item_id}/{fact}"] = fact_stamp
        folded[item_id] = _folded_line(item_id, line, item, facts)
    listed_lines = tuple(folded.pop(item_id) for item_id in listed)
    return {"lines": listed_lines, "removed_lines": tuple(folded[item_id] for item_id in sorted(folded))}, folded_stamps


def _rank(order: Order, item_ids: Collection[str], stamp: int) -> tuple[bool, int, list[str]]:
    """Return the sort key of a list of item ids: Amazon's ids before synthetic ones, then the stamp, then the ids."""
    by_amazon = bool(item_ids) and not synthetic_ids(item_ids, order.amazon_order_id)
    return by_amazon, stamp, list(item_ids)


def _fold_facts(
    line: Line | None, line_stamps: Stamps, listed_at: int, item: Item | None, stamp: int
) -> Iterator[tuple[str, int, object]]:
    """Yield each fact of a line with its stamp, the later one's; of two with the same stamp the greater value's."""
    before, now = vars(line) if line else {}, vars(item) if item else {}
    for fact in _FACTS:
        old, new = before.get(fact), now.get(fact)
        if old is None and new is None:
            continue
        old_stamp = line_stamps.get(f"{line.order_item_id}/{fact}", listed_at) if line and line_stamps else listed_at
        if old is None or (new is not None and (stamp > old_stamp or (stamp == old_stamp and repr(new) > repr(old)))):
            yield fact, stamp, new
        else:
            yield fact, old_stamp, old


def _folded_line(order_item_id: str, line: Line | None, item: Item | None, facts: dict[str, Any]) -> Line:
    """Return the line with these facts, and with the highest quantity that was ever reported as shipped."""
    before = line.quantity_shipped if line else 0
    now = min(item.quantity_shipped or 0, item.quantity) if item else 0
    sku = line.sku if line else None
    return Line(order_item_id=order_item_id, sku=sku, quantity_shipped=max(before, now), **facts)
