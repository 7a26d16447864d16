"""Folding Amazon's totals into an order: a total belongs to the lines and quantities that it was reported with.

Each set of lines that was reported is kept with the latest total of a report of these lines. The order's total is that
of its present lines. A total reported without lines belongs to the lines that were in force at its instant; it is used
where that is certain, which is after the present lines were reported and no others since.
"""

from collections.abc import Iterable
from typing import Any

from schemas.amazon_report import Item
from schemas.line import Line
from schemas.money import Money
from schemas.order import LineKey, Order, ReportedLines, TotalAlone
from schemas.payloads import AmazonReport
from schemas.synthetic_items import synthetic_ids

ALWAYS = -(10**18)
"""The stamp since which an order has its lines when no others were ever reported; below every report's."""

Stamps = dict[str, int]


def fold_total(
    order: Order, stamps: Stamps, report: AmazonReport, stamp: int, lines: tuple[Line, ...]
) -> dict[str, Any]:
    """Return the changes of an order's total by a report, and update the *stamps*.

    *order* is the order before the report, *lines* are its lines after it.
    """
    if not report.items and report.order_total is None:
        return {}
    if report.items and _has_only_lines(order, report.items):
        return _fold_only_total(order, stamps, report.order_total, stamp)
    reported, alone = all_reported_lines(order), order.total_alone
    if report.items:
        reported = _with_report(reported, _line_keys(report.items), report.order_total, stamp)
    elif report.order_total is not None:
        alone = _later(alone, TotalAlone(total=report.order_total, stamp=stamp))
    after = order.model_copy(update={"lines": lines, "reported_lines": reported, "total_alone": alone})
    total = _total(after)
    for name in ("order_total", "items_first"):
        stamps.pop(name, None)
    if total is not None:
        stamps["order_total"] = total.stamp
    if len(reported) == 1 and alone is None:
        if reported[0].first != stamps["items"]:
            stamps["items_first"] = reported[0].first
        reported = ()
    return {"order_total": total.total if total else None, "reported_lines": reported, "total_alone": alone}


def _has_only_lines(order: Order, items: tuple[Item, ...]) -> bool:
    """Whether these are the only lines that were ever reported, as in most reports, which are folded at less cost."""
    if order.reported_lines or order.total_alone:
        return False
    reported = [(item.order_item_id, item.seller_sku, item.quantity) for item in items]
    return not order.lines or reported == [(line.order_item_id, line.seller_sku, line.quantity) for line in order.lines]


def _fold_only_total(order: Order, stamps: Stamps, total: Money | None, stamp: int) -> dict[str, Any]:
    """Return the change of the total of an order whose reports all have the same lines."""
    before = order.fact_stamps
    first = min(stamp, before.get("items_first", before.get("items", stamp)))
    if first != stamps["items"]:
        stamps["items_first"] = first
    total_stamp = before.get("order_total", ALWAYS)
    if total is None or stamp < total_stamp or (stamp == total_stamp and repr(total) <= repr(order.order_total)):
        return {}
    stamps["order_total"] = stamp
    return {"order_total": total}


def all_reported_lines(order: Order) -> tuple[ReportedLines, ...]:
    """Return all sets of lines that were reported, also where the order has only one, which is not stored apart."""
    if order.reported_lines or not order.lines:
        return order.reported_lines
    last = order.fact_stamps.get("items", -1)
    return (
        ReportedLines(
            lines=_line_keys(order.lines),
            first=order.fact_stamps.get("items_first", last),
            last=last,
            total=order.order_total,
            total_stamp=order.fact_stamps.get("order_total", last) if order.order_total else None,
        ),
    )


def present_lines(order: Order) -> list[ReportedLines]:
    """Return the sets of lines that were reported and are the present ones, by Amazon's or by synthetic ids."""
    present = _line_keys(order.lines)
    return [lines for lines in all_reported_lines(order) if _is_same(order, lines.lines, present)]


def present_since(order: Order) -> int | None:
    """Return the stamp since which no other lines were reported than the present ones, None when others came last.

    It is that of the first report of the present lines, or of the latest one where others were reported in between.
    """
    reported, same = all_reported_lines(order), present_lines(order)
    others = [lines.last for lines in reported if lines not in same]
    if not others:
        return ALWAYS
    starts = (min(lines.first for lines in same), max(lines.last for lines in same)) if same else ()
    return next((start for start in starts if max(others) < start), None)


def reported_totals(order: Order) -> list[Money]:
    """Return all totals that are known, also those of other lines than the order has now."""
    totals = [order.order_total, *(lines.total for lines in order.reported_lines)]
    if order.total_alone:
        totals.append(order.total_alone.total)
    return [total for total in totals if total]


def has_outdated_total(order: Order) -> bool:
    """Whether totals were reported, but for other lines or quantities than the order has now."""
    return order.order_total is None and bool(reported_totals(order))


def _with_report(
    reported: tuple[ReportedLines, ...], lines: tuple[LineKey, ...], total: Money | None, stamp: int
) -> tuple[ReportedLines, ...]:
    """Return the sets of lines with those of one more report."""
    others = [line_set for line_set in reported if line_set.lines != lines]
    existing = next((line_set for line_set in reported if line_set.lines == lines), None)
    latest = _later(_total_of(existing), TotalAlone(total=total, stamp=stamp) if total else None)
    joined = ReportedLines(
        lines=lines,
        first=min(stamp, existing.first) if existing else stamp,
        last=max(stamp, existing.last) if existing else stamp,
        total=latest.total if latest else None,
        total_stamp=latest.stamp if latest else None,
    )
    return tuple(sorted((*others, joined), key=lambda line_set: line_set.lines))


def _total(order: Order) -> TotalAlone | None:
    """Return the latest total of the present lines and its stamp, None when none is known."""
    present = _line_keys(order.lines)
    latest: TotalAlone | None = None
    for lines in order.reported_lines:
        if _is_same(order, lines.lines, present):
            latest = _later(latest, _total_of(lines))
    since = present_since(order)
    if order.total_alone and since is not None and order.total_alone.stamp >= since:
        latest = _later(latest, order.total_alone)
    return latest


def _total_of(lines: ReportedLines | None) -> TotalAlone | None:
    if lines is None or lines.total is None or lines.total_stamp is None:
        return None
    return TotalAlone(total=lines.total, stamp=lines.total_stamp)


def _later(one: TotalAlone | None, other: TotalAlone | None) -> TotalAlone | None:
    """Return the later total; of two with the same stamp the greater value, whichever arrived first."""
    totals = [total for total in (one, other) if total is not None]
    return max(totals, key=lambda total: (total.stamp, repr(total.total)), default=None)


def _line_keys(lines: Iterable[Line | Item]) -> tuple[LineKey, ...]:
    return tuple(sorted(LineKey(line.order_item_id, line.seller_sku, line.quantity) for line in lines))


def _is_same(order: Order, one: tuple[LineKey, ...], other: tuple[LineKey, ...]) -> bool:
    """Whether two sets are the same lines, by SKU and quantity where one of them has synthetic ids."""
    if one == other:
        return True
    ids = [line.order_item_id for line in (*one, *other)]
    if synthetic_ids(ids, order.amazon_order_id):
        return sorted(line[1:] for line in one) == sorted(line[1:] for line in other)
    return [(line.order_item_id, line.quantity) for line in one] == [
        (line.order_item_id, line.quantity) for line in other
    ]
