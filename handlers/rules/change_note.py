"""The order note of a report that changes no status: the names of the facts that it changed, never their values."""

from collections.abc import Iterator, Mapping
from typing import Any

from handlers.rules.fold_instructions import facts_of
from handlers.rules.fold_report import PLAIN_FACTS
from schemas.line import Line
from schemas.money import LINE_AMOUNTS
from schemas.order import Order
from schemas.personal import PersonalData

UNCHANGED = "Amazon reported the order again; no detail of it changed."

_NAMES = {
    "fulfillment_channel": "fulfillment channel",
    "is_business": "business order",
    "is_premium": "premium order",
    "is_prime": "Prime",
    "latest_ship_date": "ship-by date",
    "marketplace_id": "marketplace",
    "order_total": "total",
    "replaces_order_id": "replaced order",
    "ship_service_level": "shipping service",
}
"""Names of order facts for people; the others are named by their field."""

_LINE_FACTS = {
    "quantities": ("quantity",),
    "shipped quantities": ("quantity_shipped",),
    "prices": (*LINE_AMOUNTS, "discount"),
    "listings": ("seller_sku", "asin", "title"),
}


def change_note(
    order: Order, changes: Mapping[str, Any], before: PersonalData | None, after: PersonalData | None
) -> str:
    """Return which details of an order a report changed; *after* is None where its personal data stays as it was."""
    names = [*_personal(before or PersonalData(), after), *_lines(order, changes), *_facts(order, changes)]
    names += _instructions(order, changes)
    return f"Order details updated: {', '.join(names)}." if names else UNCHANGED


def _personal(before: PersonalData, after: PersonalData | None) -> Iterator[str]:
    if after is not None:
        for name in ("buyer", "shipping_address"):
            if getattr(before, name) != getattr(after, name):
                yield name.replace("_", " ")
        yield from _changed_names(facts_of(before.instructions), facts_of(after.instructions))


def _lines(order: Order, changes: Mapping[str, Any]) -> Iterator[str]:
    before = {line.order_item_id: line for line in order.lines}
    after: dict[str, Line] = {line.order_item_id: line for line in changes.get("lines", order.lines)}
    if before.keys() != after.keys():
        yield "items"
    common = [(before[item_id], after[item_id]) for item_id in after if item_id in before]
    for name, facts in _LINE_FACTS.items():
        if any(getattr(old, fact) != getattr(new, fact) for old, new in common for fact in facts):
            yield name


def _instructions(order: Order, changes: Mapping[str, Any]) -> list[str]:
    recorded, changed = order.instructions, changes.get("instructions")
    if changed is None:
        return []
    return _changed_names(facts_of(recorded.facts if recorded else None), facts_of(changed.facts))


def _changed_names(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of the instructions that differ, each once: a thousand lines may have the same one.

    That a flag is false demands nothing, so it is no difference from one that was not reported.
    """
    names = (key.partition(":")[0] for key in after if (before.get(key) or None) != (after[key] or None))
    return list(dict.fromkeys(name.removeprefix("is_").removeprefix("has_").replace("_", " ") for name in names))


def _facts(order: Order, changes: Mapping[str, Any]) -> Iterator[str]:
    for fact in (*PLAIN_FACTS, "order_total"):
        if fact in changes and changes[fact] != getattr(order, fact):
            yield _NAMES.get(fact, fact.replace("_", " "))
