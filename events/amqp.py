"""Messages in AMQP 0-9-1: address and properties of outgoing ones, the trustworthy properties of incoming ones."""

import time
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import NamedTuple

from pika.spec import Basic, BasicProperties

from events.bus import DeadLetterInfo, Delivery
from events.envelope import CONTENT_TYPE
from events.errors import UnpublishableMessageError
from events.large_bodies import headers_of
from events.topology import exchange_of
from schemas.message import NO_HEADERS, PUBLISHER, UNKNOWN, Headers, Message

APP_ID = "crossdock"
OWN_HEADERS = ("epoch", "attempt", "replay", PUBLISHER)
ANONYMOUS: Headers = MappingProxyType({PUBLISHER: UNKNOWN})
PERSISTENT = 2

MAX_SHORT_STRING = 255
"""Bytes of an AMQP short string: routing keys and most properties."""

MAX_BODY = 16 * 1024 * 1024
"""Bytes of a body. RabbitMQ 4 refuses more by closing the channel, which fails the other messages on it too."""


class OutgoingMessage(NamedTuple):
    """A message with its address and its properties by name.

    The broker returns a `mandatory` one when no queue is found for it.
    """

    exchange: str
    key: str
    body: bytes
    properties: Mapping[str, object]
    mandatory: bool


def to_amqp(message: Message, account: str) -> OutgoingMessage:
    """Address a message of an account. Raises UnpublishableMessageError as `route_of` does."""
    exchange, key = route_of(message)
    return OutgoingMessage(exchange, key, message.body, properties_of(message, account), bool(message.to))


def route_of(message: Message) -> tuple[str, str]:
    """Return exchange and routing key.

    Raises UnpublishableMessageError when AMQP cannot carry the name or the size, or when the body is not kept in full.
    """
    if message.is_partial:
        raise UnpublishableMessageError(
            "The message is not kept in full, so that it cannot be sent again: have its source publish it again."
        )
    name = message.to or message.name
    key = short_string(name)
    if key is None:
        raise UnpublishableMessageError(
            f"The name {name[:40]!r} cannot be published: AMQP carries 1 to {MAX_SHORT_STRING} bytes of UTF-8."
        )
    if len(message.body) > MAX_BODY:
        size = f"{len(message.body):,}"
        raise UnpublishableMessageError(
            f"The message {message.id[:40]!r} has {size} bytes; at most {MAX_BODY:,} can be published."
        )
    return ("" if message.to else exchange_of(message.name)), key


def unpublishable_reason(message: Message) -> str | None:
    """Return why AMQP cannot carry a message, None if it can."""
    try:
        route_of(message)
    except UnpublishableMessageError as error:
        return str(error)
    return None


def properties_of(message: Message, account: str) -> dict[str, object]:
    """Return the AMQP properties by name. Values that AMQP cannot carry are left out; the body has them.

    RabbitMQ refuses a message whose `user_id` is not the connection's *account*, so consumers can rely on it.
    """
    return {
        "content_type": CONTENT_TYPE,
        "delivery_mode": PERSISTENT,
        "message_id": short_string(message.id),
        "type": short_string(message.name),
        "correlation_id": short_string(message.order_id),
        "timestamp": int(time.time()),
        "app_id": APP_ID,
        "user_id": short_string(account),
        "headers": (crossdock_headers(message.headers) or None) if message.headers else None,
    }


def delivery_of(
    generation: int,
    method: Basic.Deliver,
    properties: BasicProperties,
    body: bytes,
    accounts: AbstractSet[str | None],
) -> Delivery:
    """Build a delivery from pika's parts, or from a PlainDelivery for both.

    Any publisher may write the properties: values that are no text are absent.
    Bookkeeping headers count only in messages of *accounts*, Crossdock's own: an `epoch` of another publisher has
    another meaning, and would make the inbox accept an event again.
    """
    headers = properties.headers
    message = Message(
        id=_text(properties.message_id) or "",
        name=_text(properties.type) or _text(method.routing_key) or "",
        body=body,
        order_id=_text(properties.correlation_id),
        headers=_headers(properties, body, accounts),
    )
    published_at = properties.timestamp
    if not headers:
        return Delivery(message, method.delivery_tag, generation, 0, bool(method.redelivered), None, published_at)
    count = headers.get("x-delivery-count")
    return Delivery(
        message=message,
        tag=method.delivery_tag,
        generation=generation,
        delivery_count=int(count) if isinstance(count, int) and count > 0 else 0,
        redelivered=bool(method.redelivered),
        dead_letter_info=dead_letter_info_of(headers),
        published_at=published_at,
    )


def _headers(properties: BasicProperties, body: bytes, accounts: AbstractSet[str | None]) -> Headers:
    believed, partial = _believed_headers(properties, accounts), headers_of(body)
    return {**believed, **partial} if partial else believed


def _believed_headers(properties: BasicProperties, accounts: AbstractSet[str | None]) -> Headers:
    """Return our own headers if one of our accounts wrote them, else the account that published, unknown or not."""
    account = properties.user_id
    if account in accounts:
        return crossdock_headers(properties.headers) if properties.headers else NO_HEADERS
    publisher = short_string(_text(account))
    return {PUBLISHER: publisher} if publisher else ANONYMOUS


def dead_letter_info_of(headers: Mapping[str, object]) -> DeadLetterInfo | None:
    """Return why the broker dead-lettered a message last. Any publisher can set the headers: invalid ones do not count.

    RabbitMQ lists deaths in `x-death`, the latest first; `x-first-death-…` repeats the first (4.x: `x-last-…` too).
    """
    deaths = headers.get("x-death")
    last = deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict) else {}
    reason = _text(last.get("reason")) or _text(headers.get("x-last-death-reason"))
    reason = reason or _text(headers.get("x-first-death-reason"))
    if reason is None:
        return None
    queue = _text(last.get("queue")) or _text(headers.get("x-last-death-queue"))
    queue = queue or _text(headers.get("x-first-death-queue")) or ""
    count = last.get("count")
    return DeadLetterInfo(reason, queue, count if isinstance(count, int) and count > 0 else 1)


def crossdock_headers(headers: Mapping[str, object]) -> dict[str, str | int]:
    """Return our bookkeeping headers only. RabbitMQ 3.10 loses a message that is published with `x-death` headers."""
    own: dict[str, str | int] = {}
    for name in OWN_HEADERS:
        value = headers.get(name)
        if text := short_string(_text(value)):
            own[name] = text
        elif isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
            own[name] = int(value)
    return own


def short_string(text: str | None) -> str | None:
    """Return the text if it fits into an AMQP short string, else None."""
    if text and text.isascii():
        return text if len(text) <= MAX_SHORT_STRING else None
    try:
        return text if text and len(text.encode()) <= MAX_SHORT_STRING else None
    except UnicodeEncodeError:
        return None


def _text(value: object) -> str | None:
    """Return the value if it is text that a database can store: pika leaves invalid UTF-8 as bytes."""
    return value if isinstance(value, str) and value and "\x00" not in value else None
