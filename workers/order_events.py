"""Orders that Amazon answered with, as events."""

from collections.abc import Mapping
from typing import Any

import structlog

from gateways.amazon.orders_api.files import read_order
from gateways.amazon.results import Notice, SkippedLine
from operations.event_lines import RefusedLine, event_of
from schemas.message import Message
from schemas.order import OrderKey

log = structlog.get_logger(__name__)


def order_event(document: Mapping[str, Any], key: OrderKey) -> Message | str | None:
    """Return an order as `order.placed`, the reason why it is no event, or None if it was not sold on Amazon.

    The same answer makes the same event id.
    """
    report = read_order(document, key[0])
    if isinstance(report, Notice):
        log.info("order skipped", store_id=key[0], order_id=key[1], reason=report.text)
        return None
    event = report if isinstance(report, SkippedLine) else event_of(report)
    return event.reason if isinstance(event, SkippedLine | RefusedLine) else event
