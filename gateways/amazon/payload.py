"""Builds validated payloads from parsed facts."""

import re
from collections.abc import Iterable
from typing import TypeVar

from pydantic import ValidationError

from gateways.amazon.money import Facts
from gateways.errors import UnreadableInputError
from schemas.payloads import AmazonReport
from schemas.status import AmazonStatus
from schemas.validation_text import describe_errors

Report = TypeVar("Report", bound=AmazonReport)

ORDER_ID = re.compile(r"[A-Z0-9]{3}-[0-9]{7}-[0-9]{7}")


def build(model: type[Report], facts: Facts) -> Report:
    """Return the payload. Raises UnreadableInputError with the invalid fields and the reasons, without their values."""
    try:
        return model.model_validate(reported(facts))
    except ValidationError as error:
        raise UnreadableInputError(f"{describe_errors(error)}.") from None


def reported(facts: Facts) -> Facts:
    """Return the facts that are not None: Amazon uses null and a missing member alike."""
    return {name: value for name, value in facts.items() if value is not None}


def demanded(word: str | None, ordinary: str) -> str | None:
    """Return Amazon's word, None for the one of orders that demand nothing."""
    return None if word == ordinary else word


def listed(items: Iterable[Facts]) -> list[Facts] | None:
    """Return the instructions of lines that have any beside their `order_item_id`; None without such lines."""
    reported_items = [reported(item) for item in items]
    return [item for item in reported_items if "order_item_id" in item and len(item) > 1] or None


def instructions(of_order: Facts, personal: Facts) -> Facts:
    """Return both kinds of instructions as facts of a report, those without any not reported."""
    return {"instructions": of_order or None, "personal_instructions": personal or None}


def uncanceled_items(items: list[Facts], status: object) -> list[Facts]:
    """Return the items that are not canceled: Amazon reports a canceled line with quantity 0.

    A canceled order keeps all items. Raises UnreadableInputError when another order has none left.
    """
    if status == AmazonStatus.CANCELED:
        return items
    kept = [item for item in items if item.get("quantity") != 0]
    if items and not kept:
        raise UnreadableInputError("All of its items have quantity 0, yet it is not canceled.")
    return kept


def with_counted_quantities(items: list[Facts], status: object) -> list[Facts]:
    """Return the items with the quantity shipped where it contradicts the quantity ordered.

    A line with units shipped is not canceled, though its quantity be 0. In a shipped order nothing is left to be
    shipped (Orders API v0, OrderStatus), so of a line that was shipped in part the other units were canceled.
    """
    return [_with_counted_quantity(item, is_shipped=status == AmazonStatus.SHIPPED) for item in items]


def _with_counted_quantity(item: Facts, *, is_shipped: bool) -> Facts:
    ordered, shipped = item.get("quantity"), item.get("quantity_shipped")
    if not isinstance(ordered, int) or not isinstance(shipped, int) or not shipped:
        return item
    return item | {"quantity": shipped} if ordered == 0 or (is_shipped and shipped < ordered) else item


def with_order_id(order_id: object, reason: str) -> str:
    """Return the reason with the order's id before it, unless the id is malformed."""
    is_valid = isinstance(order_id, str) and ORDER_ID.fullmatch(order_id)
    return f"Order {order_id}: {reason}" if is_valid else reason
