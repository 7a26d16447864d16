"""The envelope: CloudEvents 1.0 in structured JSON. `open_message` reads what came in, `seal` writes what goes out."""

from codecs import BOM_UTF8
from collections.abc import Mapping
from datetime import datetime
from functools import cache, reduce
from hashlib import blake2b
from operator import or_
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic_core import from_json, to_json

from events.errors import InvalidEventError, UnreadableMessageError
from events.registry import MAJOR_VERSION, NAMES, PAYLOADS, urn
from schemas.fields import Attribute, Moment
from schemas.message import Message
from schemas.order import OrderKey
from schemas.payloads import OrderPayload, Payload
from schemas.validation_text import describe_errors

CONTENT_TYPE = "application/cloudevents+json"
HARD_LIMIT = 1024 * 1024
"""A body above 1 MiB is refused before it is parsed."""

SOURCE = "/crossdock"
OPERATOR_SOURCE = "/crossdock/operator"
"""Source of what people do, and of what they edited."""

NAMESPACE = UUID("6e1d1c52-6f0e-5a0b-9a2b-3f6f6d1f6f11")
"""Namespace of the ids derived for follow-ups."""


class _Attributes(BaseModel):
    """The attributes of a CloudEvent that are looked at."""

    model_config = ConfigDict(extra="ignore")

    specversion: Attribute
    id: Attribute
    source: Attribute
    type: Attribute
    time: Moment | None = None
    dataschema: str | None = None
    correlationid: Attribute | None = None
    traceparent: Attribute | None = None
    data: object = Field(default=None)


class Event(NamedTuple):
    """An event that was read.

    `key` is 16 bytes that stand for source and id together, CloudEvents' identity; `order` is the order that it is
    about, if it is about one.
    """

    key: bytes
    id: str
    name: str
    payload: Payload
    correlation_id: str
    time: datetime | None
    traceparent: str | None
    message: Message
    order: OrderKey | None

    @property
    def by_operator(self) -> bool:
        """Whether a person said it."""
        return self.key == event_key(OPERATOR_SOURCE, self.id)


def event_key(source: str, event_id: str) -> bytes:
    """Return the 16 bytes that stand for an event: CloudEvents makes source and id together unique."""
    # Neither holds a control sign, so that the line feed parts them.
    return blake2b(f"{source}\n{event_id}".encode(), digest_size=16).digest()


def order_key(payload: Payload) -> OrderKey | None:
    """Return the key of the order that a payload is about, if it is about one."""
    return (payload.store_id, payload.amazon_order_id) if isinstance(payload, OrderPayload) else None


def derived_id(cause: bytes, consumer: str, position: int) -> str:
    """Return the id of a follow-up: the same for one cause, consumer and position, so that repeats are harmless."""
    return str(uuid5(NAMESPACE, f"{cause.hex()}/{consumer}/{position}"))


def decode(message: Message) -> Event:
    """Read a message.

    Raises UnreadableMessageError when it is no event at all, UnfitMessageError when its type or version is not
    known or its data is wrong; both say why in a sentence without repeating the data. Nothing else is raised.
    """
    attributes, payload = _read(message.body)
    return Event(
        key=event_key(attributes.source, attributes.id),
        id=attributes.id,
        name=attributes.type,
        payload=payload,
        correlation_id=attributes.correlationid or attributes.id,
        time=attributes.time,
        traceparent=attributes.traceparent,
        message=message,
        order=order_key(payload),
    )


def _read(body: bytes) -> tuple[_Attributes, Payload]:
    try:
        return _parse_fast(body) or _parse_with_reasons(body)
    except (UnreadableMessageError, InvalidEventError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, its message must not come back for ever
        raise UnreadableMessageError(f"The body cannot be read: {type(error).__name__}.") from None


def _parse_fast(body: bytes) -> tuple[_Attributes, Payload] | None:
    """Read an event that is as it should be, envelope and data in one pass; return nothing for any other.

    That is what most are, and takes two thirds of the time. pydantic's own reader takes numbers that are none, which
    JSON does not know.
    """
    if len(body) > HARD_LIMIT or b"NaN" in body or b"Infinity" in body:
        return None
    try:
        whole = _reader().validate_json(body)
    except ValidationError:
        return None
    return None if _is_unknown(whole) else (whole, whole.data)


@cache
def _reader() -> TypeAdapter[Any]:
    """Return the reader of events of every type; it is made when the first event is read, not at each start."""
    models: list[Any] = list(whole_events().values())
    by_type: Any = Annotated[reduce(or_, models), Field(discriminator="type")]
    return TypeAdapter(by_type)


@cache
def whole_events() -> Mapping[str, type[BaseModel]]:
    """Return, by the event's name, the model of envelope and data together."""
    return {name: _whole_event(name, payload) for name, payload in PAYLOADS.items()}


def _whole_event(name: str, payload: type[Payload]) -> type[BaseModel]:
    version: Any = Literal["1.0"]
    exactly: Any = Literal[name]
    return create_model(
        f"{payload.__name__}Event",
        __base__=_Attributes,
        __doc__=payload.__doc__,
        specversion=(version, ...),
        type=(exactly, ...),
        data=(payload, ...),
    )


def _parse_with_reasons(body: bytes) -> tuple[_Attributes, Payload]:
    """Read an event, or find out what is wrong with it. Raises as `open_message` does."""
    attributes = _attributes(body)
    model = _model(attributes)
    if not isinstance(attributes.data, dict):
        hint = "write its fields as a JSON object; neither text nor data_base64 is taken"
        raise _unfit(attributes, f"The data of {attributes.type} is wrong: {hint}.")
    try:
        return attributes, model.model_validate(attributes.data)
    except ValidationError as error:
        raise _unfit(attributes, f"The data of {attributes.type} is wrong: {describe_errors(error)}.") from None


def _model(attributes: _Attributes) -> type[Payload]:
    model = PAYLOADS.get(attributes.type)
    if model is None:
        raise _unfit(attributes, f'The event type "{attributes.type}" is not known.')
    if _is_unknown(attributes):
        known = f"version {MAJOR_VERSION} of {attributes.type} is"
        raise _unfit(attributes, f"The schema {(attributes.dataschema or '')[:100]!r} is not known; {known}.")
    return model


def _is_unknown(attributes: _Attributes) -> bool:
    """Tell whether the schema is none we know. A publisher's own address says nothing about the version; ours does."""
    schema = attributes.dataschema or ""
    return schema.startswith("urn:crossdock:") and schema != urn(attributes.type)


def _unfit(attributes: _Attributes, reason: str) -> InvalidEventError:
    data = attributes.data if isinstance(attributes.data, dict) else {}
    try:
        about = OrderPayload.model_validate({name: data.get(name) for name in OrderPayload.model_fields})
    except ValidationError:
        order = None
    else:
        order = (about.store_id, about.amazon_order_id)
    return InvalidEventError(reason, event_key(attributes.source, attributes.id), attributes.type, order)


def _attributes(body: bytes) -> _Attributes:
    if len(body) > HARD_LIMIT:
        raise UnreadableMessageError(f"The body has {len(body):,} bytes; at most {HARD_LIMIT:,} are taken.")
    try:
        read = from_json(body.removeprefix(BOM_UTF8), allow_inf_nan=False)
    except ValueError as error:
        raise UnreadableMessageError(f"The body is not JSON in UTF-8: {error}.") from None
    if not isinstance(read, dict):
        raise UnreadableMessageError("The body is JSON, but not an object; a CloudEvent in structured form is one.")
    try:
        attributes = _Attributes.model_validate(read)
    except ValidationError as error:
        form = "The body is not a CloudEvent in structured form, with attributes and data in the body"
        raise UnreadableMessageError(f"{form}: {describe_errors(error)}.") from None
    if attributes.specversion != "1.0":
        raise UnreadableMessageError(f'CloudEvents "{attributes.specversion}" is not known; write specversion "1.0".')
    return attributes


def encode(payload: Payload, event_id: str, time: datetime, cause: Event | None = None) -> Message:
    """Write an event of ours. *time* is an aware instant; *cause* is the event it follows from, if any."""
    name, order = NAMES[type(payload)], order_key(payload)
    attributes: dict[str, object] = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": name,
        "time": time,
        "datacontenttype": "application/json",
        "dataschema": urn(name),
        "correlationid": cause.correlation_id if cause else event_id,
    }
    if order:
        attributes["subject"] = order[1]
    if cause:
        attributes["causationid"] = cause.id
        if cause.traceparent:
            attributes["traceparent"] = cause.traceparent
    data = payload.model_dump_json(exclude_none=True).encode()
    # The data is JSON already: it is set into the envelope as it is, not read and written again.
    body = to_json(attributes)[:-1] + b',"data":' + data + b"}"
    return Message(event_id, name, body, order_id=order[1] if order else None, key=event_key(SOURCE, event_id))


def follow_up(payload: Payload, event: Event, consumer: str, position: int, time: datetime) -> Message:
    """Write what follows from an event at a consumer. The same cause, consumer and position give the same id."""
    return encode(payload, derived_id(event.key, consumer, position), time, event)


def scheduled_event(payload: Payload, occasion: str, due: datetime) -> Message:
    """Write an event that no event caused, for a run that was due at this instant."""
    content = payload.model_dump_json(exclude_none=True)
    return encode(payload, str(uuid5(NAMESPACE, f"{occasion}/{type(payload).__name__}/{content}")), due)
