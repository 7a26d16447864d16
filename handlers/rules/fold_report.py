"""Folding Amazon's reports into an order, so that their order of arrival and their repetition make no difference.

Each fact is kept with the stamp of the report that told it: the report's `last_update_date`, and between reports of
one instant the place of its status on an order's way. The later stamp wins; between equals the greater value does.
Canceled is final. An address without its first line, or a buyer without a name (Amazon withholds both after a while),
never replaces a whole one, and nothing replaces an operator's edit.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from handlers.rules.fold_items import fold_items
from schemas.order import Order
from schemas.payloads import AmazonReport
from schemas.personal import Address, PersonalData
from schemas.status import AmazonStatus

PLAIN_FACTS = (
    "purchase_date",
    "marketplace_id",
    "fulfillment_channel",
    "order_total",
    "ship_service_level",
    "latest_ship_date",
    "is_prime",
    "is_business",
    "is_premium",
    "replaces_order_id",
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STATUSES = len(AmazonStatus)
_NEVER = -(10**18)
"""Lies below every stamp of a report: the stamp of what was not told yet."""
_ABOVE_ALL = 10**18
_EDITED_ADDRESS = 2 * 10**18
"""Both lie above every stamp of a report: microseconds since 1970, times 8."""

_WHOLE_WITH = {"buyer": "name", "shipping_address": "line1"}


def stamp_of(report: AmazonReport) -> int:
    """Return the place of a report among all reports about its order, at least 0 and below `_ABOVE_ALL`.

    Instants before 1970 and after 5930, which are some systems' words for "unknown" and "never", count as the ends.
    """
    place = (report.last_update_date - _EPOCH) // _MICROSECOND * _STATUSES + report.status.rank
    return min(max(place, 0), _ABOVE_ALL - 1)


def is_complete(report: AmazonReport) -> bool:
    """Tell whether a report says enough to record an order nobody has seen before."""
    return None not in (report.purchase_date, report.marketplace_id, report.fulfillment_channel) and bool(report.items)


def new_order(report: AmazonReport) -> Order:
    """Return the order as its first report tells it; *report* must be a first sight."""
    return Order.model_validate(
        {
            "store_id": report.store_id,
            "amazon_order_id": report.amazon_order_id,
            "purchase_date": report.purchase_date,
            "last_update_date": report.last_update_date,
            "marketplace_id": report.marketplace_id,
            "fulfillment_channel": report.fulfillment_channel,
            "amazon_status": report.status,
        }
    )


def fold_report(order: Order, report: AmazonReport) -> dict[str, Any]:
    """Return what the report changes in the order, by field; nothing when it adds nothing."""
    stamp = stamp_of(report)
    changes: dict[str, Any] = {}
    at = dict(order.fact_stamps)
    telling, held = vars(report), vars(order)
    for fact in PLAIN_FACTS:
        told = telling[fact]
        if told is not None and _wins(stamp, told, at.get(fact, _NEVER), held[fact]):
            changes[fact], at[fact] = told, stamp
    # No later report takes a cancellation back.
    status_stamp = stamp + (_ABOVE_ALL if report.status is AmazonStatus.CANCELED else 0)
    if status_stamp > at.get("status", -1):
        changes["amazon_status"], at["status"] = report.status, status_stamp
    if report.items:
        lines, at = fold_items(order, at, report.items, stamp)
        changes |= lines
    for fact in _WHOLE_WITH:
        if telling[fact] is not None:
            at[fact] = max(at.get(fact, -1), personal_stamp(report, fact))
    last = max(order.last_update_date, report.last_update_date)
    if (at, last) == (order.fact_stamps, order.last_update_date) and all(held[one] == changes[one] for one in changes):
        return {}
    return {**changes, "fact_stamps": at, "last_update_date": last}


def fold_personal(order: Order | None, personal: PersonalData | None, report: AmazonReport) -> PersonalData | None:
    """Return what the vault should hold after the report, or None when the report changes nothing there.

    *order* is the order before the report was folded in.
    """
    if report.buyer is None and report.shipping_address is None:
        return None
    at = order.fact_stamps if order else {}
    current = personal or PersonalData()
    changes: dict[str, Any] = {}
    for fact in _WHOLE_WITH:
        told, held = getattr(report, fact), getattr(current, fact)
        if told is not None and told != held and _wins(personal_stamp(report, fact), told, at.get(fact, _NEVER), held):
            changes[fact] = told
    return current.model_copy(update=changes) if changes else None


def personal_stamp(report: AmazonReport, fact: str) -> int:
    """Return the stamp of a personal fact; a whole one outranks one of which Amazon withholds the essential."""
    whole = bool(getattr(getattr(report, fact), _WHOLE_WITH[fact], None))
    return stamp_of(report) + (_ABOVE_ALL if whole else 0)


def edited_stamp(held: int) -> int:
    """Return the stamp of an operator's edit of the address whose stamp was *held*: above every report."""
    return max(held, _EDITED_ADDRESS) + 1


def edit(address: Address | None, changes: dict[str, str]) -> Address:
    """Return the address with an operator's changes. Raises ValidationError when they do not make an address."""
    return Address.model_validate({**(address.model_dump() if address else {}), **changes})


def _wins(stamp: int, told: object, held_at: int, held: object) -> bool:
    return stamp > held_at or (stamp == held_at and repr(told) > repr(held))
