"""Ids of lines: Amazon's own, and those made up for lines of which it tells none.

An all-orders report has no item ids. A line of one is known by its order's number and its place there, as
`114-0000003-0000003/1`; no id of Amazon's looks so, and each says for itself which kind it is.
"""

from collections.abc import Iterable


def made_up_id(amazon_order_id: str, place: int) -> str:
    """Return the id of a line that is known by its place in its order only."""
    return f"{amazon_order_id}/{place}"


def made_up_among(order_item_ids: Iterable[str], amazon_order_id: str) -> list[str]:
    """Return those of the ids of an order's lines that are made up."""
    ours = f"{amazon_order_id}/"
    return [name for name in order_item_ids if name.startswith(ours)]
