"""Folding the items of Amazon's reports into an order's lines.

The list of an order's item ids is one fact, replaced as a whole. The later list wins, but one with synthetic ids never
replaces one with Amazon's ids only. Each fact of a line is a fact of its own, kept whether the line is listed or
removed: a report without it (Amazon's notifications have no prices) erases nothing. Shipped quantities only grow.

Amounts are for the whole line: ItemPrice is the price of a piece multiplied by the quantity ordered (Orders API v0,
OrderItem). So they are facts of a quantity: each quantity of a line that was reported has its own, and the line has
those of its present quantity.
"""

from collections.abc import Collection
from typing import Any

from schemas.amazon_report import Item
from schemas.line import Line, OtherAmounts
from schemas.money import LINE_AMOUNTS
from schemas.order import Order
from schemas.synthetic_items import synthetic_ids

_PLAIN_FACTS = ("seller_sku", "quantity", "asin", "title")
_AMOUNTS = (*LINE_AMOUNTS, "discount")
_FACTS = (*_PLAIN_FACTS, *_AMOUNTS)

Stamped = dict[str, tuple[int, Any]]
"""Facts of a line that are known, each with its stamp."""

Stamps = dict[str, int]
"""The stamp of the report that each fact is from, as in `Order.fact_stamps`."""


def fold_items(
    order: Order, stamps: Stamps, items: tuple[Item, ...], stamp: int
) -> tuple[dict[str, tuple[Line, ...]], Stamps]:
    """Return an order's `lines` and `removed_lines`, and the stamps of all its facts, after a report of these items.

    The stamp `items` is that of the list; a fact of a line has a stamp of its own, `LINE/FACT`, where it differs.
    """
    if lines_of_all := _lines_of_one_report(order, stamps, items, stamp):
        return {"lines": lines_of_all, "removed_lines": ()}, {**stamps, "items": stamp}
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
        facts, others = _fold_line(line, line_stamps, listed_at, item, stamp)
        for fact, (fact_stamp, _) in facts.items():
            if fact_stamp != latest:
                folded_stamps[f"{item_id}/{fact}"] = fact_stamp
        folded[item_id] = _folded_line(item_id, line, item, facts, others)
    listed_lines = tuple(folded.pop(item_id) for item_id in listed)
    return {"lines": listed_lines, "removed_lines": tuple(folded[item_id] for item_id in sorted(folded))}, folded_stamps


def _lines_of_one_report(order: Order, stamps: Stamps, items: tuple[Item, ...], stamp: int) -> tuple[Line, ...]:
    """Return the lines where all their facts are from this report: it is the first, or later and repeats all facts.

    None for another report. Most are such, and are folded at a quarter of the cost.
    """
    if not (order.lines or order.removed_lines):
        return tuple(_folded_line(item.order_item_id, None, item, _stamped_item(item, stamp), ()) for item in items)
    if order.removed_lines or stamp <= stamps.get("items", -1) or len(items) != len(order.lines):
        return ()
    if any("/" in fact for fact in stamps):
        return ()
    replaced = [line for line in map(_replaced_line, order.lines, items) if line]
    return tuple(replaced) if len(replaced) == len(items) else ()


def _replaced_line(line: Line, item: Item) -> Line | None:
    """Return the line with all facts of the item; None where the item has none of one that is known."""
    if line.order_item_id != item.order_item_id or line.quantity != item.quantity or line.other_amounts:
        return None
    existing, reported = vars(line), vars(item)
    changes = {fact: value for fact in _FACTS if (value := reported[fact]) != existing[fact]}
    if None in changes.values():
        return None
    shipped = min(item.quantity_shipped or 0, item.quantity)
    if shipped > line.quantity_shipped:
        changes["quantity_shipped"] = shipped
    return line.with_fields(**changes) if changes else line


def _rank(order: Order, item_ids: Collection[str], stamp: int) -> tuple[bool, int, list[str]]:
    """Return the sort key of a list of item ids: Amazon's ids before synthetic ones, then the stamp, then the ids."""
    by_amazon = bool(item_ids) and not synthetic_ids(item_ids, order.amazon_order_id)
    return by_amazon, stamp, list(item_ids)


def _fold_line(
    line: Line | None, line_stamps: Stamps, listed_at: int, item: Item | None, stamp: int
) -> tuple[Stamped, tuple[OtherAmounts, ...]]:
    """Return the facts of a line after a report, and the amounts of its other quantities."""
    old = _stamped_line(line, line_stamps, listed_at) if line else {}
    new = _stamped_item(item, stamp) if item else {}
    if line is None or item is None:
        return old or new, line.other_amounts if line else ()
    if item.quantity == line.quantity and not line.other_amounts:
        return _joined(old, new), ()
    amounts: dict[int, Stamped] = {other.quantity: _stamped(other) for other in line.other_amounts}
    amounts[line.quantity] = _part(old, _AMOUNTS)
    amounts[item.quantity] = _joined(amounts.get(item.quantity, {}), _part(new, _AMOUNTS))
    plain = _joined(_part(old, _PLAIN_FACTS), _part(new, _PLAIN_FACTS))
    present = amounts.pop(plain["quantity"][1])
    others = (_other_amounts(quantity, amounts[quantity]) for quantity in sorted(amounts) if amounts[quantity])
    return plain | present, tuple(others)


def _stamped_line(line: Line, line_stamps: Stamps, listed_at: int) -> Stamped:
    if not line_stamps:
        return _stamped_item(line, listed_at)
    fields, item_id = vars(line), line.order_item_id
    return {
        fact: (line_stamps.get(f"{item_id}/{fact}", listed_at), value)
        for fact in _FACTS
        if (value := fields[fact]) is not None
    }


def _stamped_item(item: Item | Line, stamp: int) -> Stamped:
    fields = vars(item)
    return {fact: (stamp, value) for fact in _FACTS if (value := fields[fact]) is not None}


def _part(facts: Stamped, names: Collection[str]) -> Stamped:
    return {fact: facts[fact] for fact in names if fact in facts}


def _joined(old: Stamped, new: Stamped) -> Stamped:
    """Return the facts of both, of each the one with the later stamp; of two with the same stamp the greater value."""
    joined = dict(old)
    for fact, (stamp, value) in new.items():
        old_stamp, old_value = old.get(fact, (-1, None))
        if old_value is None or stamp > old_stamp or (stamp == old_stamp and repr(value) > repr(old_value)):
            joined[fact] = (stamp, value)
    return joined


def _stamped(other: OtherAmounts) -> Stamped:
    return {name: (other.stamps[name], amount) for name, amount in other.amounts.items()}


def _other_amounts(quantity: int, amounts: Stamped) -> OtherAmounts:
    return OtherAmounts(
        quantity=quantity,
        amounts={name: amount for name, (_, amount) in sorted(amounts.items())},
        stamps={name: stamp for name, (stamp, _) in sorted(amounts.items())},
    )


def _folded_line(
    order_item_id: str, line: Line | None, item: Item | None, facts: Stamped, others: tuple[OtherAmounts, ...]
) -> Line:
    """Return the line with these facts, and with the highest quantity that was ever reported as shipped."""
    before = line.quantity_shipped if line else 0
    now = min(item.quantity_shipped or 0, item.quantity) if item else 0
    return Line(
        order_item_id=order_item_id,
        sku=line.sku if line else None,
        quantity_shipped=max(before, now),
        other_amounts=others,
        **{fact: value for fact, (_, value) in facts.items()},
    )
