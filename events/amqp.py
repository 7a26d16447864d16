"""A message as AMQP 0-9-1 carries it: its address and properties on the way out, what can be trusted on the way in."""

import time
from collections.abc import Mapping
from typing import NamedTuple

from pika.spec import Basic, BasicProperties

from events.bus import DeadLetterInfo, Delivery
from events.envelope import CONTENT_TYPE
from events.errors import UnpublishableMessageError
from events.topology import EVENTS
from schemas.message import Message

APP_ID = "crossdock"
OWN_HEADERS = ("epoch", "attempt", "replay")
PERSISTENT = 2

SHORT = 255
"""Bytes of an AMQP short string: routing keys and most properties."""

LARGEST = 16 * 1024 * 1024
"""Bytes of a body. RabbitMQ 4 refuses more by closing the channel, which fails its neighbours too."""


class OutgoingMessage(NamedTuple):
    """A message with its address on it. What is `mandatory` comes back when no queue takes it."""

    exchange: str
    key: str
    body: bytes
    properties: BasicProperties
    mandatory: bool


def to_amqp(message: Message) -> OutgoingMessage:
    """Address a message. Raises UnsendableMessageError as `route_of` does."""
    exchange, key = route_of(message)
    return OutgoingMessage(exchange, key, message.body, BasicProperties(**properties_of(message)), bool(message.to))


def route_of(message: Message) -> tuple[str, str]:
    """Return exchange and routing key. Raises UnsendableMessageError when AMQP cannot carry the name or the size."""
    wanted = message.to or message.name
    key = short_string(wanted)
    if key is None:
        raise UnpublishableMessageError(
            f"The name {wanted[:40]!r} cannot be sent: AMQP takes 1 to {SHORT} bytes of UTF-8."
        )
    if len(message.body) > LARGEST:
        size = f"{len(message.body):,}"
        raise UnpublishableMessageError(
            f"The message {message.id[:40]!r} has {size} bytes; at most {LARGEST:,} can be sent."
        )
    return ("" if message.to else EVENTS), key


def unpublishable_reason(message: Message) -> str | None:
    """Return why AMQP cannot carry a message, if it cannot."""
    try:
        route_of(message)
    except UnpublishableMessageError as error:
        return str(error)
    return None


def properties_of(message: Message) -> dict[str, object]:
    """Return the AMQP properties by name. What AMQP cannot carry is left out; the body has it."""
    return {
        "content_type": CONTENT_TYPE,
        "delivery_mode": PERSISTENT,
        "message_id": short_string(message.id),
        "type": short_string(message.name),
        "correlation_id": short_string(message.order_id),
        "timestamp": int(time.time()),
        "app_id": APP_ID,
        "headers": crossdock_headers(message.headers) or None,
    }


def delivery_of(generation: int, method: Basic.Deliver, properties: BasicProperties, body: bytes) -> Delivery:
    """Read a delivery. Properties come from anybody: what is not plain text is taken as absent.

    Bookkeeping counts only in what Crossdock said itself: a stranger's `epoch` means something else, and would let an
    event pass the inbox.
    """
    headers = properties.headers
    message = Message(
        id=_text(properties.message_id) or "",
        name=_text(properties.type) or _text(method.routing_key) or "",
        body=body,
        order_id=_text(properties.correlation_id),
    )
    if not headers:
        return Delivery(message, method.delivery_tag, generation, redelivered=bool(method.redelivered))
    count = headers.get("x-delivery-count")
    return Delivery(
        message=message._replace(headers=crossdock_headers(headers)) if properties.app_id == APP_ID else message,
        tag=method.delivery_tag,
        generation=generation,
        delivery_count=int(count) if isinstance(count, int) and count > 0 else 0,
        redelivered=bool(method.redelivered),
        dead_letter_info=death_of(headers),
    )


def death_of(headers: Mapping[str, object]) -> DeadLetterInfo | None:
    """Read why the broker gave a message up last. Anybody can write these headers: what is misshapen counts as absent.

    RabbitMQ lists deaths in `x-death`, the last one first; `x-first-death-…` repeats the first (4.x: `x-last-…` too).
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
    """Return our own bookkeeping only. Death and delivery headers must not be sent again: 3.10 loses such messages."""
    own: dict[str, str | int] = {}
    for name in OWN_HEADERS:
        value = headers.get(name)
        if text := short_string(_text(value)):
            own[name] = text
        elif isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
            own[name] = int(value)
    return own


def short_string(text: str | None) -> str | None:
    """Return the text if an AMQP short string can hold it."""
    try:
        return text if text and len(text.encode()) <= SHORT else None
    except UnicodeEncodeError:
        return None


def _text(value: object) -> str | None:
    """Return the text, unless it could not be stored: pika leaves what is not UTF-8 as bytes."""
    return value if isinstance(value, str) and value and "\x00" not in value else None
