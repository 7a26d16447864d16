"""Personal data in an order's life: when the order has ended, and the facts of order and reports about a person.

Beside the data in the vault these are the titles of items, which may be personalised ("engraved for ..."), tracking
numbers, with which a carrier shows where a parcel went, and the reasons for which buyers cancel, in their own words.
docs/personal-data.md has the rule for every text.
"""

from datetime import datetime

from handlers.rules.order_state import is_shipped
from schemas.instructions import OrderInstructions, RecordedInstructions
from schemas.line import Line
from schemas.order import Order
from schemas.payloads import AmazonReport
from schemas.personal import ENCRYPTED_FIELDS
from schemas.status import Status

_ENDED = {Status.INVOICE_UNCONFIRMED, Status.SHIPPED, Status.COMPLETED, Status.CANCELED, Status.UNFULFILLABLE}


def has_ended(order: Order) -> bool:
    """Whether the buyer expects nothing more. Amazon's status counts too: our own may be `Error`."""
    return order.status in _ENDED or Status(order.amazon_status) in _ENDED or is_shipped(order)


def last_change(order: Order) -> datetime:
    """Return when Amazon or Commerce last changed the order, by their own dates."""
    return max([order.last_update_date, *(parcel.shipped_at for parcel in order.parcels)])


def without_personal_texts(order: Order, destroyed_at: datetime) -> Order:
    """Return the order without titles, tracking numbers and buyers' reasons, and with the instant of this.

    Amazon cancels an order whose shipment nobody confirms long before; a parcel needs no number any more.
    """
    return order.model_copy(
        update={
            "lines": _without_titles(order.lines),
            "removed_lines": _without_titles(order.removed_lines),
            "parcels": tuple(parcel.model_copy(update={"tracking_number": None}) for parcel in order.parcels),
            "instructions": order.instructions and _without_recorded_reasons(order.instructions),
            "personal_data_destroyed_at": destroyed_at,
        }
    )


def without_person(report: AmazonReport) -> AmazonReport:
    """Return a report without all that may be about a person."""
    items = report.items and tuple(item.model_copy(update={"title": None}) for item in report.items)
    instructions = report.instructions and _without_reasons(report.instructions)
    personal = dict.fromkeys(ENCRYPTED_FIELDS)
    return report.model_copy(update={**personal, "items": items, "instructions": instructions})


def _without_titles(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(line.model_copy(update={"title": None}) for line in lines)


def _without_recorded_reasons(recorded: RecordedInstructions) -> RecordedInstructions:
    return recorded.model_copy(update={"facts": _without_reasons(recorded.facts)})


def _without_reasons(instructions: OrderInstructions) -> OrderInstructions:
    items = tuple(item.model_copy(update={"buyer_cancel_reason": None}) for item in instructions.items)
    return instructions.model_copy(update={"buyer_cancel_reason": None, "items": items})
