"""Parses a notification: the order to ask Amazon for, and its seller. Nothing else in it is believed."""

from datetime import datetime
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from gateways.amazon.fields import Fields
from gateways.amazon.json_documents import read_documents
from gateways.amazon.notifications.order_change import change_of, unwrapped
from gateways.amazon.payload import ORDER_ID
from gateways.amazon.results import SkippedLine
from gateways.errors import UnreadableInputError
from schemas.fields import Moment
from schemas.input_limits import InputLimitError

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Moment)


class NotifiedOrder(NamedTuple):
    """An order that a notification is about, whose state is unknown until Amazon is asked.

    `ship_by` only says which order is asked for first.
    """

    seller_id: str
    amazon_order_id: str
    marketplace_id: str | None
    ship_by: datetime | None


def read_notified_order(body: str) -> NotifiedOrder | None:
    """Parse the body of one message; None for a notification of another type than ORDER_CHANGE.

    One queue may carry several types. Raises UnreadableInputError for anything that is no notification.
    """
    notification = _only_document(body)
    kind = notification.text("NotificationType")
    if kind is not None and kind != "ORDER_CHANGE":
        return None
    change = change_of(notification)
    order_id, seller_id = change.text("AmazonOrderId"), change.text("SellerId")
    if order_id is None or not ORDER_ID.fullmatch(order_id):
        raise UnreadableInputError("Its AmazonOrderId is missing, or is no id of an order.")
    if seller_id is None:
        raise UnreadableInputError("Its SellerId is missing.")
    summary = _part(change, "Summary")
    marketplace = summary.value("MarketplaceId")
    return NotifiedOrder(seller_id, order_id, marketplace if isinstance(marketplace, str) else None, _ship_by(summary))


def _only_document(body: str) -> Fields:
    try:
        parts = [part for line, document in read_documents(body) for part in _parts(document, line)]
    except InputLimitError as error:
        raise UnreadableInputError(str(error)) from None
    if len(parts) != 1:
        raise UnreadableInputError(f"It holds {len(parts)} notifications instead of one.")
    if isinstance(parts[0], SkippedLine):
        raise UnreadableInputError(parts[0].reason)
    return parts[0]


def _parts(document: Fields | SkippedLine, line: int) -> list[Fields | SkippedLine]:
    return [document] if isinstance(document, SkippedLine) else list(unwrapped(document, line))


def _part(document: Fields, name: str) -> Fields:
    """Return an object of the document; an empty one where it is missing or something else."""
    value = document.value(name)
    return Fields(value if isinstance(value, dict) else {})


def _ship_by(summary: Fields) -> datetime | None:
    try:
        return _INSTANT.validate_python(summary.value("LatestShipDate"))
    except ValidationError:
        return None
