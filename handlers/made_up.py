"""Lines that a report told under made-up ids, once the order has Amazon's: whose they are, and what they still tell.

Commerce knows the lines of an order that it got under made-up ids by those, and names them in its parcels; and prices
may have been told under them alone. Lines of the same listing and as many pieces are the same.
"""

from collections import defaultdict

from schemas.item_ids import made_up_among
from schemas.order import Line, Order

_AMOUNTS = ("item_price", "item_tax", "shipping_price", "shipping_tax", "discount")


def ids_by_amazon(order: Order) -> dict[str, str]:
    """Return Amazon's ids of lines of the order by the made-up ones, for as many as can be told."""
    ours = made_up_among((line.order_item_id for line in order.left_out), order.amazon_order_id)
    if not ours:
        return {}
    free: dict[tuple[str, int], list[str]] = defaultdict(list)
    for line in reversed(order.lines):
        free[line.seller_sku, line.quantity].append(line.order_item_id)
    found = {}
    for line in order.left_out:
        if line.order_item_id in ours and (same := free[line.seller_sku, line.quantity]):
            found[line.order_item_id] = same.pop()
    return found


def with_amounts(order: Order) -> Order:
    """Return the order with what was told of lines without a price under their made-up ids."""
    told = {line.order_item_id: line for line in order.left_out}
    by_amazon = {name: told[made_up] for made_up, name in ids_by_amazon(order).items()}
    if not by_amazon:
        return order
    return order.model_copy(
        update={"lines": tuple(_filled(line, by_amazon.get(line.order_item_id)) for line in order.lines)}
    )


def _filled(line: Line, same: Line | None) -> Line:
    if same is None or line.item_price is not None:
        return line
    missing = {fact: getattr(same, fact) for fact in _AMOUNTS if getattr(line, fact) is None}
    return line.model_copy(update=missing)
