"""From facts under our names to a checked payload."""

import re
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
    """Return the payload, or raise UnreadableInputError with the fields that are wrong and why, not what they hold."""
    try:
        return model.model_validate(reported(facts))
    except ValidationError as error:
        raise UnreadableInputError(f"{describe_errors(error)}.") from None


def reported(facts: Facts) -> Facts:
    """Return the facts that are told: one that is missing and one that is null are the same to Amazon."""
    return {name: value for name, value in facts.items() if value is not None}


def uncanceled_items(items: list[Facts], status: object) -> list[Facts]:
    """Return the lines that are left: Amazon writes a canceled line with quantity 0.

    A canceled order keeps them all. Raises UnreadableInputError when nothing is left of another one.
    """
    if status == AmazonStatus.CANCELED:
        return items
    kept = [item for item in items if item.get("quantity") != 0]
    if items and not kept:
        raise UnreadableInputError("All of its items have quantity 0, yet it is not canceled.")
    return kept


def with_order_id(order_id: object, reason: str) -> str:
    """Put the order's id before the reason, where it is one."""
    known = isinstance(order_id, str) and ORDER_ID.fullmatch(order_id)
    return f"Order {order_id}: {reason}" if known else reason
