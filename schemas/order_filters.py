"""Lists of orders: the filter, the sort column, the page, and the position of an order in the sorted list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from schemas.status import ImportState, Status

PAGE_SIZE = 50
"""Orders of a page, unless another number is asked for."""


BuyerKeys = tuple[tuple[str, ...], ...]
"""A buyer's name as it is searched: the blind keys of its words, by each of the vault's keys."""


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

    `total_min` and `total_max` are amounts in the order's own currency. `asks_to_cancel` selects the orders whose buyer
    asked to cancel, while nobody has decided it. `buyer` selects those with a name, while personal data is kept.
    """

    store_id: str | None = None
    statuses: Sequence[Status] = ()
    import_states: Sequence[ImportState] = ()
    purchased_from: datetime | None = None
    purchased_to: datetime | None = None
    order_id: str | None = None
    total_min: Decimal | None = None
    total_max: Decimal | None = None
    asks_to_cancel: bool = False
    buyer: BuyerKeys = ()


class OrderPosition(NamedTuple):
    """The position of an order in a sorted list: its value in the sort column, and the key that orders equal values."""

    value: datetime | Decimal | str | None
    purchase_date: datetime
    store_id: str
    amazon_order_id: str


@dataclass(frozen=True, slots=True)
class OrderPager:
    """A page of the sorted list: orders without a value come last.

    It begins after the order at `after`, ends before the one at `before`, or else has a number; pages count from 1.
    Only the first two take the same time anywhere in the list. Equal values are in the order of purchase, store and
    order id, in the direction of the list.
    """

    sort: SortColumn = SortColumn.PURCHASE_DATE
    descending: bool = True
    page: int = 1
    page_size: int = PAGE_SIZE
    after: OrderPosition | None = None
    before: OrderPosition | None = None
