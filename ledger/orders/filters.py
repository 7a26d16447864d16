"""Filters of lists of orders, as conditions."""

import re

from sqlalchemy import ColumnElement, false

from ledger.tables.orders import ASKS_TO_CANCEL, orders
from schemas.order_filters import OrderFilter

Condition = ColumnElement[bool]

_LOWEST, _HIGHEST = "000-0000000-0000000", "ZZZ-9999999-9999999"
"""The ends of the range of Amazon's order ids."""

_BEGINNING = re.compile(r"[A-Z0-9]{0,3}|[A-Z0-9]{3}-[0-9]{0,7}|[A-Z0-9]{3}-[0-9]{7}-[0-9]{0,7}")


def order_conditions(wanted: OrderFilter) -> list[Condition]:
    """Return the conditions that an order must meet to pass the filter."""
    conditions: list[Condition | None] = [
        orders.c.store_id == wanted.store_id if wanted.store_id else None,
        orders.c.status.in_([status.value for status in wanted.statuses]) if wanted.statuses else None,
        orders.c.import_state.in_([state.value for state in wanted.import_states]) if wanted.import_states else None,
        orders.c.purchase_date >= wanted.purchased_from if wanted.purchased_from else None,
        orders.c.purchase_date <= wanted.purchased_to if wanted.purchased_to else None,
        _begins_with(wanted.order_id) if wanted.order_id else None,
        orders.c.total >= wanted.total_min if wanted.total_min is not None else None,
        orders.c.total <= wanted.total_max if wanted.total_max is not None else None,
        ASKS_TO_CANCEL if wanted.asks_to_cancel else None,
    ]
    return [condition for condition in conditions if condition is not None]


def _begins_with(prefix: str) -> Condition:
    """Select order ids by a prefix, as a range too: PostgreSQL uses no index for LIKE in most collations."""
    if not _BEGINNING.fullmatch(prefix):
        return false()
    order_id = orders.c.amazon_order_id
    lowest, highest = (prefix + end[len(prefix) :] for end in (_LOWEST, _HIGHEST))
    return order_id.between(lowest, highest) & order_id.startswith(prefix, autoescape=True)
