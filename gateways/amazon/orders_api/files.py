"""Parses files of Orders API responses, v0 and 2026-01-01 (getOrders, getOrder, getOrderItems, searchOrders)."""

from collections.abc import Iterator, Mapping

from gateways.amazon.fields import Fields
from gateways.amazon.json_documents import read_documents
from gateways.amazon.marketplaces import is_sold_elsewhere
from gateways.amazon.orders_api.item_pages import ItemPages
from gateways.amazon.orders_api.list_pages import MORE_PAGES, is_part_of_a_list
from gateways.amazon.orders_api.partial_responses import is_page, merge_instruction
from gateways.amazon.orders_api.v0 import read_v0
from gateways.amazon.orders_api.v2026 import read_2026
from gateways.amazon.payload import with_order_id
from gateways.amazon.results import Notice, ParsedReport, SkippedLine, parsed_report, sold_elsewhere_notice
from gateways.errors import UnreadableInputError
from schemas.payloads import OrderPlaced

MAX_DEPTH = 3
"""Envelopes that are unwrapped, at most; a response has two, `payload` and `Orders`."""


def read_orders(text: str, store_id: str) -> Iterator[ParsedReport | SkippedLine | Notice]:
    """Parse orders: a JSON document, an array, or one a line.

    A document is an order of v0 or 2026-01-01, bare or as a response wraps it: `{"payload": …}`, `{"Orders": […]}`,
    `{"order": …}`, `{"orders": […]}`. Orders v0 returns items separately: they are in the order as `OrderItems`, or the
    getOrderItems response is anywhere in the same file, its pages in Amazon's order. Every order becomes `OrderPlaced`
    with all its facts, whatever its status; the last update date decides which of several reports is the latest. An
    order that was not sold on Amazon is omitted.
    """
    documents = list(read_documents(text))
    parts = [(line, part) for line, document in documents for part in _orders(document, line)]
    pages = _pages(parts)
    orders = {_id(part) for _, part in parts if isinstance(part, Fields) and _is_order(part)}
    sold_elsewhere = 0
    for position, (line, part) in enumerate(parts):
        if isinstance(part, SkippedLine):
            yield part
        elif is_page(part):
            if _id(part) not in orders:
                yield SkippedLine(
                    line, with_order_id(_id(part), "Its items are here, but the order itself is not in the file.")
                )
        elif is_sold_elsewhere(_channel(part)):
            sold_elsewhere += 1
        else:
            yield _read(part, pages, position, line, store_id)
    if sold_elsewhere:
        yield sold_elsewhere_notice(sold_elsewhere, "orders")
    if is_part_of_a_list([document for _, document in documents if isinstance(document, Fields)]):
        yield Notice(MORE_PAGES)


def read_order(order: Mapping[str, object], store_id: str) -> ParsedReport | SkippedLine | Notice:
    """Parse one order as getOrder of 2026-01-01 returns it, by the rules of `read_orders`."""
    fields = Fields(order)
    if is_sold_elsewhere(_channel(fields)):
        return sold_elsewhere_notice(1, "orders")
    return _read(fields, ItemPages(), 0, 1, store_id)


def _orders(document: Fields | SkippedLine, line: int, depth: int = 0) -> Iterator[Fields | SkippedLine]:
    """Yield the orders and pages of items in a document."""
    if isinstance(document, SkippedLine):
        yield document
        return
    try:
        parts = _inner(document) if depth < MAX_DEPTH else None
    except UnreadableInputError as error:
        yield SkippedLine(line, str(error))
        return
    if parts is None:
        yield document
        return
    for part in parts:
        yield from _orders(part, line, depth + 1)


def _inner(document: Fields) -> list[Fields] | None:
    """Return the contents of a response, None when the document is none."""
    if "payload" in document:
        return [document.part("payload")]
    if "orders" in document:
        return document.parts("orders")
    if "order" in document:
        return [document.part("order")]
    if "errors" in document:
        raise UnreadableInputError("Amazon answered with errors, not with an order.")
    return None


def _pages(parts: list[tuple[int, Fields | SkippedLine]]) -> ItemPages:
    pages = ItemPages()
    for position, (_, part) in enumerate(parts):
        if isinstance(part, Fields) and is_page(part):
            pages.add(_id(part), part, position)
    return pages


def _is_order(part: Fields) -> bool:
    return not is_page(part) and merge_instruction(part) is None


def _id(part: Fields) -> str:
    return str(part.value("AmazonOrderId") or part.value("orderId") or "")


def _channel(order: Fields) -> str:
    """Return the sales channel: a text in v0, an object with a name in 2026-01-01."""
    channel = order.value("salesChannel")
    name = Fields(channel).value("channelName") if isinstance(channel, dict) else channel
    return name if isinstance(name, str) else ""


def _read(order: Fields, pages: ItemPages, position: int, line: int, store_id: str) -> ParsedReport | SkippedLine:
    try:
        payload = _payload(order, pages, position, store_id)
    except UnreadableInputError as error:
        return SkippedLine(line, with_order_id(_id(order), str(error)))
    name = f"order/{payload.amazon_order_id}/{payload.last_update_date.isoformat()}/{payload.status}"
    return parsed_report(payload, name, line)


def _payload(order: Fields, pages: ItemPages, position: int, store_id: str) -> OrderPlaced:
    if "orderId" in order:
        return read_2026(order, store_id)
    if reason := merge_instruction(order):
        raise UnreadableInputError(reason)
    if "AmazonOrderId" in order:
        return read_v0(order, order.parts("OrderItems") or pages.items(_id(order), position), store_id)
    raise UnreadableInputError("Not an order: it has neither AmazonOrderId (v0) nor orderId (2026-01-01).")
