"""Folding the items of Amazon's reports into an order's lines.

Which lines there are, and how many pieces of each, is one fact, told as a whole. What else is told of a line is a fact
of its own: a report that leaves it out (Amazon's notifications tell no prices) erases nothing. Quantities shipped only
grow.
"""

from operator import itemgetter
from typing import Any

from schemas.facts import Item
from schemas.order import Line

_FACTS = ("asin", "title", "item_price", "item_tax", "shipping_price", "shipping_tax", "discount")

Stamps = dict[str, int]

Facts = dict[str, tuple[int, Any]]
"""What was told of one line: by fact, the stamp of the report that told it, and the value."""


def fold_items(
    lines: tuple[Line, ...], stamps: Stamps, items: tuple[Item, ...], stamp: int
) -> tuple[tuple[Line, ...], Stamps]:
    """Return an order's lines, and the stamps of all its facts, after a report of these items.

    The stamp `items` is that of the lines as a whole; a fact of a line has one of its own, `LINE/FACT`, where it
    differs.
    """
    since = stamps.get("items", -1)
    latest = max(stamp, since)
    own = {fact: told_at for fact, told_at in stamps.items() if "/" in fact}
    at = {fact: told_at for fact, told_at in stamps.items() if fact not in own} | {"items": latest}
    held = {line.order_item_id: line for line in lines}
    told = {item.order_item_id: item for item in items}
    replaced = stamp > since or (stamp == since and _outline(items) > _outline(lines))
    folded = []
    for name in told if replaced else held:
        facts = _join(_facts(held.get(name), own, since), _facts(told.get(name), {}, stamp))
        folded.append(_line(held.get(name), told.get(name), facts, replaced=replaced))
        at.update({f"{name}/{fact}": told_at for fact, (told_at, _) in facts.items() if told_at != latest})
    return tuple(folded), at


def _outline(lines: tuple[Item, ...] | tuple[Line, ...]) -> list[tuple[str, str, int]]:
    """Return what is told of lines as a whole, as something to compare."""
    return [(line.order_item_id, line.seller_sku, line.quantity) for line in lines]


def _facts(line: Item | Line | None, own: Stamps, since: int) -> Facts:
    if line is None:
        return {}
    values = vars(line)
    facts = {fact: (since, values[fact]) for fact in _FACTS if values[fact] is not None}
    if own:
        # Most lines have no stamps of their own, and looking for seven of them a line costs as much as all the rest.
        facts = {fact: (own.get(f"{line.order_item_id}/{fact}", since), value) for fact, (_, value) in facts.items()}
    return facts


def _join(held: Facts, told: Facts) -> Facts:
    """Return the later telling of each fact, between equals the greater."""
    both = {**told, **held}
    return {fact: _later(told[fact], one) if fact in told else one for fact, one in both.items()}


def _later(told: tuple[int, Any], held: tuple[int, Any]) -> tuple[int, Any]:
    if told[0] != held[0]:
        return max(told, held, key=itemgetter(0))
    return max(told, held, key=lambda one: repr(one[1]))


def _line(held: Line | None, told: Item | None, facts: Facts, *, replaced: bool) -> Line:
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
        **{fact: value for fact, (_, value) in facts.items()},
    )
