"""Text of the demo: a table of its orders by outcome, by rich."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from cli.terminal.output import is_terminal
from schemas.order import Order, OrderKey
from workers.demo import Demo

if TYPE_CHECKING:
    from workers.served.demo import ServedDemo

PIPE_WIDTH = 220
"""Width of the table in a pipe, in characters."""

MEANING: dict[str, str] = {
    "completed": "Placed, paid, created in Commerce, shipped, confirmed to Amazon, completed by the scheduler.",
    "imported": "Created in Commerce and waiting to be shipped.",
    "partially_shipped": "One parcel has left, another is still to come.",
    "pending": "Amazon has not authorized the payment. No Commerce order yet.",
    "canceled": "Canceled on Amazon. Nothing is left open in Commerce, reserved stock is back.",
    "fba": "Amazon shipped it. Created complete in Commerce, without touching your stock.",
    "replacement": "Replaces an earlier order; handled like any other.",
    "pre_integration": "Bought before the store was integrated. Recorded, never imported.",
    "view_only": "The store's import is disabled. View only: manage it in Seller Central.",
    "product_missing": "Blocked: the product is not in the catalog.",
    "product_disabled": "Blocked: the product is disabled.",
    "out_of_stock": "Blocked: the product is out of stock.",
    "address": "Blocked: Commerce does not take the address.",
    "money": "Blocked: the amounts do not add up.",
    "personal_data": "Blocked: Amazon withholds buyer and address.",
    "buyer_cancellation": "Blocked: the buyer asked to cancel, and nobody has decided.",
}


def print_outcomes(show: "Demo | ServedDemo", orders: Mapping[OrderKey, Order]) -> None:
    """Print a table of the orders by outcome. All its cells may be folded: nothing in it is to be copied."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("ORDERS", justify="right")
    for title in ("STATUS", "COMMERCE", "WHAT HAPPENED"):
        table.add_column(title)
    for outcome, count in sorted(show.world.expected.items(), key=lambda pair: list(MEANING).index(pair[0])):
        keys = [scripted.key for scripted in show.world.orders if scripted.expected is outcome]
        final = [orders[key] for key in keys if key in orders]
        table.add_row(str(count), _words(final, "status"), _commerce(final), MEANING[outcome])
    Console(width=None if is_terminal() else PIPE_WIDTH).print(table)


def _words(orders: list[Order], field: str) -> str:
    return ", ".join(sorted({str(getattr(order, field)) for order in orders}))


def _commerce(orders: list[Order]) -> str:
    words = Counter(order.commerce_order.status if order.commerce_order else "no order" for order in orders)
    return ", ".join(sorted(words))
