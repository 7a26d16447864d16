"""Folding Amazon's reports into an order, so that neither their order of arrival nor repetition makes a difference.

Each fact is kept with the stamp of the report it is from: the report's `last_update_date` in microseconds since 1970,
times 8, plus the rank of its status. The later stamp wins, and of equal stamps the greater value. Canceled is final.
An address without its first line, or a buyer without a name (Amazon withholds both after a while), never replaces a
complete one, and no report replaces an operator's edit.

Facts that hold only together are kept together: the amounts of a line with its quantity (`fold_items`), the total with
the set of lines and their quantities (`fold_total`).
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from handlers.rules.fold_instructions import fold_instructions, fold_personal_instructions
from handlers.rules.fold_items import fold_items
from handlers.rules.fold_total import fold_total
from schemas.order import Order
from schemas.payloads import AmazonReport
from schemas.personal import Address, PersonalData
from schemas.status import AmazonStatus, Channel

PLAIN_FACTS = (
    "purchase_date",
    "marketplace_id",
    "fulfillment_channel",
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
"""The stamp of a fact that was not reported yet, below every report's."""
_MAX_STAMP = 10**18
EDITED_ADDRESS = 2 * 10**18
"""Both are above every report's stamp."""

_ESSENTIAL_FIELDS = {"buyer": "name", "shipping_address": "line1"}


def stamp_of(report: AmazonReport) -> int:
    """Return the position of a report among all reports about its order, at least 0 and below `_MAX_STAMP`.

    Instants before 1970 and after 5930, by which some systems mean "unknown" and "never", count as these bounds; the
    statuses keep their ranks there, so that every order of arrival has one outcome.
    """
    microseconds = (report.last_update_date - _EPOCH) // _MICROSECOND
    return min(max(microseconds, 0), _MAX_STAMP // _STATUSES - 1) * _STATUSES + report.status.rank


def is_complete(report: AmazonReport) -> bool:
    """Whether a report has all facts that are needed to record an order."""
    return None not in (report.purchase_date, report.marketplace_id, report.fulfillment_channel) and bool(report.items)


def new_order(report: AmazonReport) -> Order:
    """Return the order of a first report, which must be complete, before the report is folded in."""
    return _blank_order().with_fields(
        store_id=report.store_id,
        amazon_order_id=report.amazon_order_id,
        purchase_date=report.purchase_date,
        last_update_date=report.last_update_date,
        marketplace_id=report.marketplace_id,
        fulfillment_channel=report.fulfillment_channel,
        amazon_status=report.status,
    )


@cache
def _blank_order() -> Order:
    """Return an order with the defaults of all facts. A report is valid: to validate its facts again costs 4 µs."""
    return Order(
        store_id="-",
        amazon_order_id="000-0000000-0000000",
        purchase_date=_EPOCH,
        last_update_date=_EPOCH,
        marketplace_id="-",
        fulfillment_channel=Channel.MFN,
        amazon_status=AmazonStatus.PENDING,
    )


def fold_report(order: Order, report: AmazonReport) -> dict[str, Any]:
    """Return the changes of the order's fields; empty when the report adds nothing."""
    stamp = stamp_of(report)
    changes: dict[str, Any] = {}
    stamps = dict(order.fact_stamps)
    reported, recorded = vars(report), vars(order)
    for fact in PLAIN_FACTS:
        value = reported[fact]
        if value is not None and _wins(stamp, value, stamps.get(fact, _NEVER), recorded[fact]):
            changes[fact], stamps[fact] = value, stamp
    # No later report reverses a cancellation.
    status_stamp = stamp + (_MAX_STAMP if report.status is AmazonStatus.CANCELED else 0)
    if status_stamp > stamps.get("status", -1):
        changes["amazon_status"], stamps["status"] = report.status, status_stamp
    if report.items:
        lines, stamps = fold_items(order, stamps, report.items, stamp)
        changes |= lines
    changes |= fold_total(order, stamps, report, stamp, changes.get("lines", order.lines))
    changes |= fold_instructions(order, stamps, report, stamp)
    for fact in _ESSENTIAL_FIELDS:
        if reported[fact] is not None:
            stamps[fact] = max(stamps.get(fact, -1), personal_stamp(report, fact))
    last = max(order.last_update_date, report.last_update_date)
    is_same = (stamps, last) == (order.fact_stamps, order.last_update_date)
    if is_same and all(recorded[fact] == changes[fact] for fact in changes):
        return {}
    return {**changes, "fact_stamps": stamps, "last_update_date": last}


def fold_personal(order: Order | None, personal: PersonalData | None, report: AmazonReport) -> PersonalData | None:
    """Return the personal data with the report's, or None when the report changes none of it.

    *order* is the order before the report is folded in.
    """
    if not report.has_personal_data:
        return None
    stamps = order.fact_stamps if order else {}
    current = personal or PersonalData()
    changes: dict[str, Any] = {}
    for fact in _ESSENTIAL_FIELDS:
        new, old = getattr(report, fact), getattr(current, fact)
        if new is None or new == old:
            continue
        if _wins(personal_stamp(report, fact), new, stamps.get(fact, _NEVER), old):
            changes[fact] = new
    instructions = fold_personal_instructions(order, current.instructions, report, stamp_of(report))
    if instructions != current.instructions:
        changes["instructions"] = instructions
    return current.model_copy(update=changes) if changes else None


def personal_stamp(report: AmazonReport, fact: str) -> int:
    """Return the stamp of a personal fact; one with its essential field outranks all that Amazon withholds it from."""
    is_complete = bool(getattr(getattr(report, fact), _ESSENTIAL_FIELDS[fact], None))
    return stamp_of(report) + (_MAX_STAMP if is_complete else 0)


def edited_stamp(stamp: int) -> int:
    """Return the stamp of an operator's edit of the address that has had this *stamp*: above every report's."""
    return max(stamp, EDITED_ADDRESS) + 1


def edit(address: Address | None, changes: dict[str, str]) -> Address:
    """Return the address with an operator's changes. Raises ValidationError when the result is no valid address."""
    return Address.model_validate({**(address.model_dump() if address else {}), **changes})


def _wins(stamp: int, value: object, recorded_stamp: int, recorded: object) -> bool:
    return stamp > recorded_stamp or (stamp == recorded_stamp and repr(value) > repr(recorded))
