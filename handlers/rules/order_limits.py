"""The limits of one order. Beyond them a report or a parcel is refused with the reason, and the order stays as it is.

Real orders stay far below. Without limits a publisher could let an order grow with every event, and each event reads
and writes the order as a whole.
"""

from collections.abc import Mapping
from typing import Any

from schemas.amazon_report import MAX_ITEMS
from schemas.order import Order

MAX_LINES = 2 * MAX_ITEMS
"""Lines that an order has and had, together."""

MAX_LINE_SETS = 100
"""Different sets of lines that were reported for an order."""

MAX_REPORTED_LINES = 5 * MAX_ITEMS
"""Lines in all those sets, together."""

MAX_PARCELS = 1_000
"""As many as a report has items."""

_REMEDY = "Nothing was changed. If the event is right, reset the facts of the order, which forgets them, and replay it."


def report_refusal(changes: Mapping[str, Any]) -> str | None:
    """Return the limit of an order that a report's changes exceed, in a sentence, None when they exceed none."""
    lines = len(changes.get("lines", ())) + len(changes.get("removed_lines", ()))
    if lines > MAX_LINES:
        return f"The order would have had {lines:,} different lines, and keeps {MAX_LINES:,} at most. {_REMEDY}"
    reported = changes.get("reported_lines", ())
    if len(reported) > MAX_LINE_SETS:
        return f"More than {MAX_LINE_SETS} different sets of lines were reported for the order. {_REMEDY}"
    if reported and sum(len(line_set.lines) for line_set in reported) > MAX_REPORTED_LINES:
        return f"Sets of more than {MAX_REPORTED_LINES:,} lines together were reported for the order. {_REMEDY}"
    return None


def parcel_refusal(order: Order, shipment_id: str) -> str | None:
    """Return why an order cannot have one more parcel, None when it can or has the parcel already."""
    if len(order.parcels) < MAX_PARCELS or any(parcel.shipment_id == shipment_id for parcel in order.parcels):
        return None
    return (
        f"The order has {MAX_PARCELS:,} parcels, the limit; shipment {shipment_id} is not added. Nothing was changed."
    )
