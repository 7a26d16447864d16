"""Publishing events from a file, in batches: JSON lines, or one of Amazon's own formats."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict

from gateways.amazon.notifications.order_change import read_notifications
from gateways.amazon.orders_api.files import read_orders
from gateways.amazon.reports.all_orders import read_report
from gateways.amazon.results import Notice, ParsedReport, SkippedLine
from gateways.errors import UnreadableInputError
from operations.context import Context
from operations.event_lines import RefusedLine, event_of
from schemas.message import Message

BATCH = 500
"""Events published at once."""

Publish = Callable[[Sequence[Message]], None]
"""Publishes messages, and returns once they are safe at the broker or in the outbox. Raises RetryableError."""


Entry = Message | RefusedLine | Notice
"""What a file has: an event, a line that is none, or a notice about the file as a whole."""


class AmazonFormat(StrEnum):
    """Amazon's own formats that can be published from."""

    NOTIFICATION = "amazon-notification"
    ORDER = "amazon-order"
    REPORT = "all-orders-report"


class PublishResult(BaseModel):
    """The result of publishing a file: the number of events published, and the number of orders they are about.

    `remarks` are sentences about the file as a whole; nothing in it is broken by them.
    """

    model_config = ConfigDict(frozen=True)

    published: int
    refused: tuple[RefusedLine, ...]
    orders: int
    remarks: tuple[str, ...]


@dataclass(slots=True)
class _Tally:
    published: int = 0
    refused: list[RefusedLine] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    orders: set[str] = field(default_factory=set)

    def add(self, batch: Sequence[Message]) -> None:
        self.published += len(batch)
        self.orders.update(message.order_id for message in batch if message.order_id)

    def result(self) -> PublishResult:
        return PublishResult(
            published=self.published,
            refused=tuple(self.refused),
            orders=len(self.orders),
            remarks=tuple(self.remarks),
        )


def publish_events(events: Iterable[Entry], publish: Publish, on_progress: Callable[[int], None]) -> PublishResult:
    """Publish events in their order, in batches; *on_progress* gets the number published so far.

    Raises RetryableError as *publish* does; batches before stay published, and repeating the file is harmless.
    """
    tally = _Tally()
    batch: list[Message] = []
    for event in events:
        if isinstance(event, RefusedLine):
            tally.refused.append(event)
        elif isinstance(event, Notice):
            tally.remarks.append(event.text)
        else:
            batch.append(event)
        if len(batch) == BATCH:
            publish(batch)
            tally.add(batch)
            on_progress(tally.published)
            batch = []
    if batch:
        publish(batch)
        tally.add(batch)
    return tally.result()


def read_amazon_events(
    file: BinaryIO,
    amazon_format: AmazonFormat,
    store_id: str,
    columns: dict[str, str],
    encoding: str | None,
    store_marketplace: str | None = None,
) -> Iterator[Entry]:
    """Read one of Amazon's formats as events of a store; the same file makes the same event ids.

    *columns* (Amazon's name to the header in the file), *encoding* and *store_marketplace* (the marketplace of orders
    whose report names none) are of reports only. Raises UnreadableInputError.
    """
    if amazon_format is AmazonFormat.REPORT:
        results = read_report(file, store_id, columns, encoding, store_marketplace)
    else:
        results = _read_json(file, amazon_format, store_id)
    for parsed in results:
        if isinstance(parsed, SkippedLine):
            yield RefusedLine(line=parsed.line, reason=parsed.reason)
        elif isinstance(parsed, Notice):
            yield parsed
        else:
            yield event_of(parsed)


def put_in_outbox(context: Context, messages: Sequence[Message]) -> None:
    """Put messages into the outbox, from where the relay publishes them."""
    # The outbox identifies messages by id, which two sources may share; their keys differ.
    by_key = [message._replace(id=message.key.hex()) if message.key else message for message in messages]
    with context.ledger.begin() as work:
        work.outbox.put(by_key)


def _read_json(
    file: BinaryIO, amazon_format: AmazonFormat, store_id: str
) -> Iterator[ParsedReport | SkippedLine | Notice]:
    reader = read_orders if amazon_format is AmazonFormat.ORDER else read_notifications
    try:
        return reader(file.read().decode("utf-8-sig"), store_id)
    except UnicodeDecodeError:
        raise UnreadableInputError("The file is not UTF-8, as Amazon's documents are.") from None
