"""Lists of orders: the filter, the sort column, the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from schemas.status import ImportState, Status


class SortColumn(StrEnum):
    """The columns that orders can be sorted by."""

    PURCHASE_DATE = "purchase_date"
    LAST_UPDATE_DATE = "last_update_date"
    AMAZON_ORDER_ID = "amazon_order_id"
    STORE_ID = "store_id"
    STATUS = "status"
    IMPORT_STATE = "import_state"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """A filter of orders; every given condition must hold. `order_id` is a prefix; limits are inclusive.

    `total_min` and `total_max` are amounts in the order's own currency.
    """

    store_id: str | None = None
    statuses: Sequence[Status] = ()
    import_states: Sequence[ImportState] = ()
    purchased_from: datetime | None = None
    purchased_to: datetime | None = None
    order_id: str | None = None
    total_min: Decimal | None = None
    total_max: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OrderPager:
    """A page of the sorted list: orders without a value come last. Pages count from 1."""

    sort: SortColumn = SortColumn.PURCHASE_DATE
    descending: bool = True
    page: int = 1
    page_size: int = 50
