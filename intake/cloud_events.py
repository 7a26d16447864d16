"""CloudEvents over HTTP, in the three content modes of the binding: structured, binary, batch.

Source: CloudEvents 1.0, HTTP Protocol Binding, section 3.
"""

import json
from collections.abc import Mapping, Sequence
from email.message import Message as MimeHeader
from urllib.parse import unquote

from events.envelope import HARD_LIMIT, Event, decode
from events.errors import InvalidEventError, UnreadableMessageError
from events.registry import INBOUND
from intake.errors import RequestRefusedError
from pipeline.publishers import forgery, out_of_bounds
from schemas.message import PUBLISHER, Message
from schemas.personal import person_of
from schemas.publisher import Publisher

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"

BATCH_BYTES = 4 * HARD_LIMIT
MAX_EVENTS = 1_000
"""Of a batch, whose events are all published or none."""

Headers = Sequence[tuple[str, str]]
"""Names in lower case, and values, as they were sent."""


def size_limit(headers: Mapping[str, str]) -> int:
    """Return the most bytes of a body with these headers."""
    return BATCH_BYTES if _content_type(headers)[0] == BATCH else HARD_LIMIT


def read_request(headers: Headers, body: bytes) -> list[bytes]:
    """Return the events of a request, each in structured form. Raises RequestRefusedError: 415, 422."""
    named = dict(headers)
    content_type, charset = _content_type(named)
    if charset.lower() not in ("utf-8", "utf8", "us-ascii"):
        raise RequestRefusedError(415, f"The charset {charset[:40]!r} is not taken; write UTF-8.")
    if content_type == STRUCTURED:
        return [body]
    if content_type == BATCH:
        return _read_batch(body)
    if "ce-specversion" not in named:
        raise RequestRefusedError(
            415, f"The Content-Type has to be {STRUCTURED} or {BATCH}, or the headers ce-… have the attributes."
        )
    if content_type != "application/json" and not content_type.endswith("+json"):
        raise RequestRefusedError(415, "The data of an event has to be JSON: Content-Type: application/json.")
    return [_read_binary(headers, body)]


def _content_type(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the media type in lower case, and the charset."""
    header = MimeHeader()
    # Without it the data of a binary event is JSON (CloudEvents, HTTP binding, 3.1.1).
    header["content-type"] = headers.get("content-type") or "application/json"
    return header.get_content_type(), str(header.get_param("charset", "utf-8"))


def _read_batch(body: bytes) -> list[bytes]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestRefusedError(422, "The body is not JSON in UTF-8.") from None
    if not isinstance(document, list) or not document:
        raise RequestRefusedError(422, "A batch is an array of at least one event.")
    if len(document) > MAX_EVENTS:
        raise RequestRefusedError(413, f"The batch has {len(document):,} events; at most {MAX_EVENTS:,} are taken.")
    return [json.dumps(event, ensure_ascii=False).encode(errors="surrogatepass") for event in document]


def _read_binary(headers: Headers, body: bytes) -> bytes:
    attributes: dict[str, str] = {}
    for name, value in headers:
        if name.startswith("ce-"):
            if name in ("ce-data", "ce-data_base64", "ce-datacontenttype") or name.removeprefix("ce-") in attributes:
                raise RequestRefusedError(422, f"The header {name[:40]} is no attribute, or stands twice.")
            attributes[name.removeprefix("ce-")] = _decoded(name, value)
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        raise RequestRefusedError(422, "The data of the event is not JSON in UTF-8.") from None
    envelope = json.dumps(attributes | {"datacontenttype": "application/json"}).encode()
    # The data was read as one JSON value, so that nothing in it can end the envelope.
    return envelope[:-1] + b',"data":' + body + b"}"


def _decoded(name: str, value: str) -> str:
    """Return an attribute's value: percent-encoded UTF-8 in a header, as the binding has it."""
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise RequestRefusedError(422, f"The header {name[:40]} is not percent-encoded UTF-8.") from None


def checked_messages(bodies: Sequence[bytes], publisher: Publisher) -> list[Message]:
    """Return the messages of events. Raises RequestRefusedError: 422 for one that is none, 403 for one not allowed."""
    messages = []
    for position, body in enumerate(bodies):
        where = f"Event {position + 1} of {len(bodies)}: " if len(bodies) > 1 else ""
        messages.append(_checked(body, publisher, where))
    return messages


def _checked(body: bytes, publisher: Publisher, where: str) -> Message:
    if len(body) > HARD_LIMIT:
        raise RequestRefusedError(413, f"{where}It has more than {HARD_LIMIT:,} bytes, the limit.")
    message = Message(id="", name="", body=body, headers={PUBLISHER: publisher.account})
    try:
        event = decode(message)
    except (UnreadableMessageError, InvalidEventError) as error:
        raise RequestRefusedError(422, f"{where}{error}") from None
    if reason := _not_allowed(event, publisher):
        raise RequestRefusedError(403, f"{where}{reason}")
    order_id = event.order[1] if event.order else None
    return message._replace(
        id=event.id, name=event.name, order_id=order_id, key=event.key, person=person_of(event.name, event.order)
    )


def _not_allowed(event: Event, publisher: Publisher) -> str | None:
    if claim := forgery(event):
        return f"{claim}."
    if event.name not in INBOUND:
        return f"Publishers publish {', '.join(INBOUND)}, not {event.name}."
    return out_of_bounds(event, {publisher.account: publisher})
