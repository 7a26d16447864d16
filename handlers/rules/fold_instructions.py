"""Folding the instructions in Amazon's reports into an order: each fact is kept with the stamp of its report.

As with other facts, the later report wins, and of two with the same stamp the greater value. A report without a fact
erases nothing. The personal facts are in the vault, their stamps in the order.
"""

from typing import Any, TypeVar

from schemas.instructions import OrderInstructions, PersonalInstructions, RecordedInstructions
from schemas.order import Order
from schemas.payloads import AmazonReport

Facts = dict[str, Any]
"""Facts by key, as in `RecordedInstructions.stamps`: the name, of a line's fact `NAME:ORDER_ITEM_ID`."""

Model = TypeVar("Model", OrderInstructions, PersonalInstructions)

PERSONAL = "personal_instructions"
"""The fact in `Order.fact_stamps` that an order has personal instructions."""


def fold_instructions(order: Order, stamps: dict[str, int], report: AmazonReport, stamp: int) -> dict[str, Any]:
    """Return the change of an order's instructions by a report, and update the *stamps* of the order's facts."""
    if report.instructions is None and report.personal_instructions is None:
        return {}
    before = order.instructions or RecordedInstructions()
    facts, fact_stamps = facts_of(before.facts), dict(before.stamps)
    for key in facts_of(report.personal_instructions):
        fact_stamps[key] = max(stamp, fact_stamps.get(key, stamp))
        stamps[PERSONAL] = max(stamp, stamps.get(PERSONAL, stamp))
    for key, value in facts_of(report.instructions).items():
        if _wins(stamp, value, fact_stamps.get(key, -1), facts.get(key)):
            facts[key], fact_stamps[key] = value, stamp
    if not fact_stamps:
        return {}
    recorded = RecordedInstructions(facts=_model(OrderInstructions, facts), stamps=dict(sorted(fact_stamps.items())))
    return {"instructions": recorded}


def fold_personal_instructions(
    order: Order | None, recorded: PersonalInstructions | None, report: AmazonReport, stamp: int
) -> PersonalInstructions | None:
    """Return the personal instructions with the report's; *order* is the order before the report."""
    if report.personal_instructions is None:
        return recorded
    stamps = order.instructions.stamps if order and order.instructions else {}
    facts = facts_of(recorded)
    for key, value in facts_of(report.personal_instructions).items():
        if _wins(stamp, value, stamps.get(key, -1), facts.get(key)):
            facts[key] = value
    return _model(PersonalInstructions, facts) if facts else recorded


def facts_of(instructions: OrderInstructions | PersonalInstructions | None) -> Facts:
    """Return the facts that are known, those of the order first."""
    if instructions is None:
        return {}
    facts = {name: value for name, value in vars(instructions).items() if value is not None and name != "items"}
    for item in instructions.items:
        for name, value in vars(item).items():
            if value is not None and name != "order_item_id":
                facts[f"{name}:{item.order_item_id}"] = value
    return facts


def _model(model: type[Model], facts: Facts) -> Model:
    """Return the instructions with these facts, whose values are valid, its lines sorted by their ids."""
    items: dict[str, Facts] = {}
    of_order: Facts = {}
    for key, value in facts.items():
        name, _, item_id = key.partition(":")
        if item_id:
            items.setdefault(item_id, {"order_item_id": item_id})[name] = value
        else:
            of_order[name] = value
    return model.model_validate({**of_order, "items": [items[item_id] for item_id in sorted(items)]})


def _wins(stamp: int, value: object, recorded_stamp: int, recorded: object) -> bool:
    return stamp > recorded_stamp or (stamp == recorded_stamp and repr(value) > repr(recorded))
