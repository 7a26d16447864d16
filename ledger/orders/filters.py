"""Filters, sorting and pages of lists of orders."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement

from ledger.tables.orders import orders
from schemas.order import Order
from schemas.order_filters import OrderFilter

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of orders, and how many there are on all pages."""

    rows: list[Order]
    total: int


def order_conditions(wanted: OrderFilter) -> list[Condition]:
    """Return the conditions that an order must meet to pass the filter."""
    conditions: list[Condition | None] = [
        orders.c.store_id == wanted.store_id if wanted.store_id else None,
        orders.c.status.in_([status.value for status in wanted.statuses]) if wanted.statuses else None,
        orders.c.import_state.in_([state.value for state in wanted.import_states]) if wanted.import_states else None,
        orders.c.purchase_date >= wanted.purchased_from if wanted.purchased_from else None,
        orders.c.purchase_date <= wanted.purchased_to if wanted.purchased_to else None,
        orders.c.amazon_order_id.startswith(wanted.order_id, autoescape=True) if wanted.order_id else None,
        orders.c.total >= wanted.total_min if wanted.total_min is not None else None,
        orders.c.total <= wanted.total_max if wanted.total_max is not None else None,
    ]
    return [condition for condition in conditions if condition is not None]
