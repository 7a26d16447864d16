"""Lines that a report told under made-up ids, once the order has Amazon's: whose they are, and what they still tell.

Commerce knows the lines of an order that it got under made-up ids by those, and names them in its parcels; and prices
may have been told under them alone. Lines of the same listing and as many pieces are the same.
"""

from collections import defaultdict
from collections.abc import Iterable

from schemas.line import Line


def synthetic_id(amazon_order_id: str, place: int) -> str:
    """Return the id of a line that is known by its place in its order only."""
    return f"{amazon_order_id}/{place}"


def synthetic_ids(order_item_ids: Iterable[str], amazon_order_id: str) -> list[str]:
    """Return those of the ids of an order's lines that are made up."""
    ours = f"{amazon_order_id}/"
    return [name for name in order_item_ids if name.startswith(ours)]


_AMOUNTS = ("item_price", "item_tax", "shipping_price", "shipping_tax", "discount")

Lines = tuple[Line, ...]


def amazon_ids(lines: Lines, left_out: Lines, amazon_order_id: str) -> dict[str, str]:
    """Return Amazon's ids of an order's lines by the made-up ones of those left out, for as many as can be told."""
    ours = synthetic_ids((line.order_item_id for line in left_out), amazon_order_id)
    if not ours:
        return {}
    free: dict[tuple[str, int], list[str]] = defaultdict(list)
    for line in reversed(lines):
        free[line.seller_sku, line.quantity].append(line.order_item_id)
    found = {}
    for line in left_out:
        if line.order_item_id in ours and (same := free[line.seller_sku, line.quantity]):
            found[line.order_item_id] = same.pop()
    return found


def with_amounts(lines: Lines, left_out: Lines, amazon_order_id: str) -> Lines:
    """Return an order's lines with what was told of those without a price under their made-up ids."""
    told = {line.order_item_id: line for line in left_out}
    by_amazon = {name: told[made_up] for made_up, name in amazon_ids(lines, left_out, amazon_order_id).items()}
    return tuple(_filled(line, by_amazon.get(line.order_item_id)) for line in lines) if by_amazon else lines


def _filled(line: Line, same: Line | None) -> Line:
    if same is None or line.item_price is not None:
        return line
    missing = {fact: getattr(same, fact) for fact in _AMOUNTS if getattr(line, fact) is None}
    return line.model_copy(update=missing)
