"""Folding the items of Amazon's reports into an order's lines.

Which lines there are, and how many pieces of each, is one fact, told as a whole. What else is told of a line is a fact
of its own: a report that leaves it out (Amazon's notifications tell no prices) erases nothing. Quantities shipped only
grow.
"""

from collections.abc import Iterator
from typing import Any

from schemas.facts import Item
from schemas.order import Line

_FACTS = ("asin", "title", "item_price", "item_tax", "shipping_price", "shipping_tax", "discount")

Stamps = dict[str, int]


def fold_items(
    lines: tuple[Line, ...], stamps: Stamps, items: tuple[Item, ...], stamp: int
) -> tuple[tuple[Line, ...], Stamps]:
    """Return an order's lines, and the stamps of all its facts, after a report of these items.

    The stamp `items` is that of the lines as a whole; a fact of a line has one of its own, `LINE/FACT`, where it
    differs.
    """
    since = stamps.get("items", -1)
    latest = max(stamp, since)
    at = {fact: told_at for fact, told_at in stamps.items() if "/" not in fact}
    at["items"] = latest
    held = {line.order_item_id: line for line in lines}
    told = {item.order_item_id: item for item in items}
    replaced = stamp > since or (stamp == since and _outline(items) > _outline(lines))
    folded = []
    for name in told if replaced else held:
        line, item = held.get(name), told.get(name)
        facts = {}
        for fact, told_at, value in _facts(line, stamps, since, item, stamp):
            facts[fact] = value
            if told_at != latest:
                at[f"{name}/{fact}"] = told_at
        folded.append(_line(line, item, facts, replaced=replaced))
    return tuple(folded), at


def _outline(lines: tuple[Item, ...] | tuple[Line, ...]) -> list[tuple[str, str, int]]:
    """Return what is told of lines as a whole, as something to compare."""
    return [(line.order_item_id, line.seller_sku, line.quantity) for line in lines]


def _facts(
    held: Line | None, stamps: Stamps, since: int, told: Item | None, stamp: int
) -> Iterator[tuple[str, int, object]]:
    """Yield each fact of a line with the stamp of its later telling; between equals the greater value counts."""
    before, now = vars(held) if held else {}, vars(told) if told else {}
    for fact in _FACTS:
        old, new = before.get(fact), now.get(fact)
        if old is None and new is None:
            continue
        old_at = stamps.get(f"{held.order_item_id}/{fact}", since) if held else since
        if old is None or (new is not None and (stamp > old_at or (stamp == old_at and repr(new) > repr(old)))):
            yield fact, stamp, new
        else:
            yield fact, old_at, old


def _line(held: Line | None, told: Item | None, facts: dict[str, Any], *, replaced: bool) -> Line:
    """Return the line: the report's or the one that was held, with these facts and the most that ever was shipped."""
    source = told if told is not None and (replaced or held is None) else held
    assert source is not None  # noqa: S101 - a line is held or told
    before = held.quantity_shipped if held else 0
    now = min(told.quantity_shipped or 0, told.quantity) if told else 0
    return Line(
        order_item_id=source.order_item_id,
        seller_sku=source.seller_sku,
        sku=held.sku if held else None,
        quantity=source.quantity,
        quantity_shipped=max(before, now),
        **facts,
    )
