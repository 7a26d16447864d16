"""Publishing events from a file, in batches: JSON lines, or one of Amazon's own formats."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO

from gateways.amazon.marketplaces import is_same_marketplace
from gateways.amazon.notifications.order_change import read_notifications
from gateways.amazon.orders_api.files import read_orders
from gateways.amazon.reports.all_orders import read_report
from gateways.amazon.results import Notice, ParsedReport, SkippedLine
from gateways.errors import UnreadableInputError
from operations.event_lines import OfUnknownStore, RefusedLine, event_of
from operations.unknown_stores import nearest_store
from schemas.input_limits import DOCUMENT_BYTES, LINE_BYTES, REFUSALS, chunks_of, read_whole
from schemas.message import Message
from schemas.packed_data import packing_of
from schemas.store import Store
from schemas.value import Value

UNKNOWN_STORES = 100
"""Unknown stores of a file that are named once each, with the nearest known one; events of more are refused lines."""

BATCH, BATCH_BYTES = 500, 8 * LINE_BYTES
"""Events published at once, and about how many bytes of them are in memory."""

Publish = Callable[[Sequence[Message]], None]
"""Publishes messages, and returns once they are safe at the broker or in the outbox. Raises RetryableError."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An order of another marketplace than the store's: another store takes it, or nobody."""

    amazon_order_id: str
    marketplace_id: str


Entry = Message | RefusedLine | OfUnknownStore | LeftOut | Notice
"""An entry of a file: an event, a line that is none, an event or order of another store, a notice about the file."""


class RefusedStore(Value):
    """A store that events of the file name and that does not exist: the first such line, and the nearest store."""

    store_id: str
    events: int
    first_line: int
    nearest: str | None = None


class AmazonFormat(StrEnum):
    """Amazon's own formats that can be published from."""

    NOTIFICATION = "amazon-notification"
    ORDER = "amazon-order"
    REPORT = "all-orders-report"


class PublishResult(Value):
    """The result of publishing a file: the number of events published, and the number of orders they are about.

    `refused` are the first refused lines, of `refused_count`; the others are not kept. `unknown_stores` are stores that
    do not exist, each once, whose events are not published. `left_out` is the number of orders that are of
    other marketplaces than the store. `remarks` are sentences about the file as a whole; nothing in it is broken by
    them.
    """

    published: int
    refused: tuple[RefusedLine, ...]
    refused_count: int
    unknown_stores: tuple[RefusedStore, ...]
    orders: int
    left_out: int
    remarks: tuple[str, ...]


@dataclass(slots=True)
class _Tally:
    published: int = 0
    refused: list[RefusedLine] = field(default_factory=list)
    refused_count: int = 0
    remarks: list[str] = field(default_factory=list)
    orders: set[str] = field(default_factory=set)
    left_out: set[LeftOut] = field(default_factory=set)
    first_lines: dict[str, int] = field(default_factory=dict)
    events_by_store: Counter[str] = field(default_factory=Counter)

    def refuse_store(self, event: OfUnknownStore) -> None:
        if len(self.first_lines) < UNKNOWN_STORES or event.store_id in self.first_lines:
            self.first_lines.setdefault(event.store_id, event.line)
            self.events_by_store[event.store_id] += 1
        else:
            self.refuse(RefusedLine(line=event.line, reason=f"There is no store {event.store_id}."))

    def add(self, batch: Sequence[Message]) -> None:
        self.published += len(batch)
        self.orders.update(message.order_id for message in batch if message.order_id)

    def refuse(self, line: RefusedLine) -> None:
        self.refused_count += 1
        if len(self.refused) < REFUSALS:
            self.refused.append(line)

    def result(self, store_ids: Collection[str]) -> PublishResult:
        return PublishResult(
            published=self.published,
            refused=tuple(self.refused),
            refused_count=self.refused_count,
            unknown_stores=tuple(self._unknown_stores(store_ids)),
            orders=len(self.orders),
            left_out=len(self.left_out),
            remarks=(*self.remarks, *self._of_other_marketplaces(), *self._unlisted()),
        )

    def _unknown_stores(self, store_ids: Collection[str]) -> Iterator[RefusedStore]:
        for store_id, line in self.first_lines.items():
            nearest, events = nearest_store(store_id, store_ids), self.events_by_store[store_id]
            yield RefusedStore(store_id=store_id, events=events, first_line=line, nearest=nearest)

    def _of_other_marketplaces(self) -> Iterator[str]:
        counts = Counter(order.marketplace_id for order in self.left_out)
        for marketplace_id, count in sorted(counts.items()):
            are = "order is" if count == 1 else "orders are"
            yield f"{count:,} {are} left out: of the marketplace {marketplace_id}, which is not the store's."

    def _unlisted(self) -> Iterator[str]:
        if self.refused_count > len(self.refused):
            yield f"The first {len(self.refused):,} of {self.refused_count:,} refused lines are listed."


def publish_events(
    events: Iterable[Entry], publish: Publish, on_progress: Callable[[int], None], stores: Collection[str] = ()
) -> PublishResult:
    """Publish events in their order, in batches; *on_progress* gets the number published so far.

    *stores* are those that exist, for the nearest to one that does not.
    Raises RetryableError as *publish* does; batches before stay published, and repeating the file is harmless.
    """
    tally = _Tally()
    batch: list[Message] = []
    size = 0
    for event in events:
        if isinstance(event, RefusedLine):
            tally.refuse(event)
        elif isinstance(event, LeftOut):
            tally.left_out.add(event)
        elif isinstance(event, Notice):
            tally.remarks.append(event.text)
        elif isinstance(event, OfUnknownStore):
            tally.refuse_store(event)
        else:
            batch.append(event)
            size += len(event.body)
        if len(batch) == BATCH or size >= BATCH_BYTES:
            publish(batch)
            tally.add(batch)
            on_progress(tally.published)
            batch, size = [], 0
    if batch:
        publish(batch)
        tally.add(batch)
    return tally.result(stores)


def read_amazon_events(
    file: BinaryIO, amazon_format: AmazonFormat, store: Store, columns: dict[str, str], encoding: str | None
) -> Iterator[Entry]:
    """Read one of Amazon's formats as events of a store; the same file makes the same event ids.

    Orders of another marketplace than the store's are left out: a report of a region has those of several stores.
    Orders of a report that names no marketplace are of the store's. *columns* (Amazon's name to the header in the file)
    and *encoding* are of reports only. Raises UnreadableInputError, and InputLimitError for a file that is too large.
    """
    if amazon_format is AmazonFormat.REPORT:
        results = read_report(chunks_of(file), store.store_id, columns, encoding, store.marketplace_id)
    else:
        results = _read_json(file, amazon_format, store.store_id)
    for parsed in results:
        if isinstance(parsed, SkippedLine):
            yield RefusedLine(line=parsed.line, reason=parsed.reason)
        elif isinstance(parsed, Notice):
            yield parsed
        else:
            yield _of_another_store(parsed, store) or event_of(parsed)


def _of_another_store(parsed: ParsedReport, store: Store) -> LeftOut | None:
    """Return an order that a store does not take. A store without a marketplace takes all orders."""
    order, own = parsed.payload, store.marketplace_id
    if order.marketplace_id is None or own is None or is_same_marketplace(order.marketplace_id, own):
        return None
    return LeftOut(order.amazon_order_id, order.marketplace_id)


def _whole(file: BinaryIO) -> str:
    data = read_whole(chunks_of(file), DOCUMENT_BYTES, "write its documents into several files, one a line")
    if packing := packing_of(data):
        raise UnreadableInputError(f"The file is {packing}; unpack it first.")
    return data.decode("utf-8-sig")


def _read_json(
    file: BinaryIO, amazon_format: AmazonFormat, store_id: str
) -> Iterator[ParsedReport | SkippedLine | Notice]:
    reader = read_orders if amazon_format is AmazonFormat.ORDER else read_notifications
    try:
        return reader(_whole(file), store_id)
    except UnicodeDecodeError:
        raise UnreadableInputError("The file is not UTF-8, as Amazon's documents are.") from None
