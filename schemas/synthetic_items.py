"""Synthetic ids of order lines, and how they are matched to Amazon's ids once a report brings those.

All-orders reports may lack Amazon's order item ids; a line then gets a synthetic id, `ORDER-ID/POSITION`. An order that
was imported under synthetic ids keeps them in Commerce, whose parcels name them; and prices may have been reported
under them alone. Lines with the same seller SKU and quantity are the same line.

A rule, and yet in schemas: handlers and ledger, which may not import one another, both need it (an order's total is
also a column of the ledger), and the gateway that parses reports needs the form of the ids.
"""

from collections import defaultdict
from collections.abc import Iterable

from schemas.line import Line
from schemas.money import LINE_AMOUNTS


def synthetic_id(amazon_order_id: str, position: int) -> str:
    """Return the synthetic id of the line at this position of its order, counted from 1."""
    return f"{amazon_order_id}/{position}"


def synthetic_ids(order_item_ids: Iterable[str], amazon_order_id: str) -> list[str]:
    """Return those of an order's item ids that are synthetic."""
    prefix = f"{amazon_order_id}/"
    return [order_item_id for order_item_id in order_item_ids if order_item_id.startswith(prefix)]


def amazon_ids(lines: tuple[Line, ...], removed_lines: tuple[Line, ...], amazon_order_id: str) -> dict[str, str]:
    """Return Amazon's ids of an order's lines by the synthetic ids of its removed lines, where they can be matched.

    Of several lines with the same seller SKU and quantity, the first line gets the first synthetic id.
    """
    synthetic = synthetic_ids((line.order_item_id for line in removed_lines), amazon_order_id)
    if not synthetic:
        return {}
    unmatched: dict[tuple[str, int], list[str]] = defaultdict(list)
    for line in reversed(lines):
        unmatched[line.seller_sku, line.quantity].append(line.order_item_id)
    matched = {}
    for line in removed_lines:
        if line.order_item_id in synthetic and (candidates := unmatched[line.seller_sku, line.quantity]):
            matched[line.order_item_id] = candidates.pop()
    return matched


def with_amounts(lines: tuple[Line, ...], removed_lines: tuple[Line, ...], amazon_order_id: str) -> tuple[Line, ...]:
    """Return an order's lines; those without a price get the amounts that were reported under their synthetic ids."""
    removed = {line.order_item_id: line for line in removed_lines}
    matched = amazon_ids(lines, removed_lines, amazon_order_id)
    by_amazon_id = {amazon_id: removed[synthetic] for synthetic, amazon_id in matched.items()}
    return tuple(_filled(line, by_amazon_id.get(line.order_item_id)) for line in lines) if by_amazon_id else lines


def _filled(line: Line, same: Line | None) -> Line:
    if same is None or line.item_price is not None:
        return line
    missing = {name: getattr(same, name) for name in (*LINE_AMOUNTS, "discount") if getattr(line, name) is None}
    return line.model_copy(update=missing)
