"""Filters, sorting and pages of lists of orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement

from ledger.tables.orders import orders
from schemas.order import Order
from schemas.status import ImportState, Status

Condition = ColumnElement[bool]


class SortColumn(StrEnum):
    """Columns by which orders can be sorted."""

    PURCHASE_DATE = "purchase_date"
    LAST_UPDATE_DATE = "last_update_date"
    AMAZON_ORDER_ID = "amazon_order_id"
    STORE_ID = "store_id"
    STATUS = "status"
    IMPORT_STATE = "import_state"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """A filter of orders: an order passes when all given fields hold. `order_id` is a prefix; limits are included."""

    store_id: str | None = None
    statuses: Sequence[Status] = ()
    import_states: Sequence[ImportState] = ()
    purchased_from: datetime | None = None
    purchased_to: datetime | None = None
    order_id: str | None = None
    total_min: Decimal | None = None
    total_max: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of orders, and how many there are on all pages."""

    rows: list[Order]
    total: int


@dataclass(frozen=True, slots=True)
class OrderPager:
    """A page of a sorted list: sorted over all pages, orders without a value last. Pages count from 1."""

    sort: SortColumn = SortColumn.PURCHASE_DATE
    descending: bool = True
    page: int = 1
    page_size: int = 50


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
