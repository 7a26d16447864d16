"""Parsing CloudEvents 1.0 in structured JSON: a fast path for valid events, a slow one that finds the reasons.

`events.envelope` is the module to import from.
"""

from codecs import BOM_UTF8
from collections.abc import Mapping
from functools import cache, reduce
from hashlib import blake2b
from operator import or_
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic_core import from_json

from events.errors import InvalidEventError, UnreadableMessageError
from events.registry import MAJOR_VERSION, PAYLOADS, urn
from schemas.fields import Attribute, Moment
from schemas.order import OrderKey
from schemas.packed_data import packing_of
from schemas.payloads import OrderPayload, Payload
from schemas.validation_text import describe_errors

HARD_LIMIT = 1024 * 1024
"""A body above 1 MiB is refused before it is parsed."""

_SORTED = msgspec.json.Encoder(order="deterministic")
"""Writes the fields of objects in one sequence.

Both it and the decoder take a third of the time of pydantic and json.
"""


class Attributes(BaseModel):
    """The attributes of a CloudEvent that Crossdock reads; others are ignored."""

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


def event_key(source: str, event_id: str) -> bytes:
    """Return the 16 bytes that identify an event: CloudEvents makes source and id together unique."""
    # Neither contains a control character, so the line feed separates them.
    return blake2b(f"{source}\n{event_id}".encode(), digest_size=16).digest()


def content_digest(body: bytes) -> bytes:
    """Return 16 bytes that are equal for bodies with equal type, schema and data, however written. Raises nothing.

    A publisher that repeats an event may write the envelope again with another `time`, the data with other blanks or
    another sequence of fields. The digest is of the JSON, not of the fields that this version reads: the next may read
    more.
    """
    try:
        event = msgspec.json.decode(body.removeprefix(BOM_UTF8))
        contents = _SORTED.encode([event["type"], event.get("dataschema"), event["data"]])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):  # no event, or one without data
        contents = body
    return blake2b(contents, digest_size=16).digest()


def attribution(body: bytes) -> str:
    """Return id and source of an event for people, such as `the id "7" of the source "/shop"`."""
    attributes = _parse_attributes(body)
    return f'the id "{attributes.id}" of the source "{attributes.source}"'


def order_key(payload: Payload) -> OrderKey | None:
    """Return the key of the order in a payload, None if the event is not about an order."""
    return (payload.store_id, payload.amazon_order_id) if isinstance(payload, OrderPayload) else None


def parse(body: bytes) -> tuple[Attributes, Payload]:
    """Parse a body. Raises as `events.envelope.decode` does."""
    try:
        return _parse_fast(body) or _parse_with_reasons(body)
    except (UnreadableMessageError, InvalidEventError):
        raise
    except Exception as error:  # noqa: BLE001 - any other error would have the message redelivered for ever
        raise UnreadableMessageError(f"The body cannot be read: {type(error).__name__}.") from None


@cache
def event_models() -> Mapping[str, type[BaseModel]]:
    """Return, by the event's name, the model of envelope and data together."""
    return {name: _event_model(name, payload) for name, payload in PAYLOADS.items()}


def _event_model(name: str, payload: type[Payload]) -> type[BaseModel]:
    specversion: Any = Literal["1.0"]
    event_type: Any = Literal[name]
    return create_model(
        f"{payload.__name__}Event",
        __base__=Attributes,
        __doc__=payload.__doc__,
        specversion=(specversion, ...),
        type=(event_type, ...),
        data=(payload, ...),
    )


@cache
def _adapter() -> TypeAdapter[Any]:
    """Return the adapter for events of every type; built with the first event, not at each start of a process."""
    models: list[Any] = list(event_models().values())
    by_type: Any = Annotated[reduce(or_, models), Field(discriminator="type")]
    return TypeAdapter(by_type)


def _parse_fast(body: bytes) -> tuple[Attributes, Payload] | None:
    """Parse a valid event, envelope and data in one pass; return None for any other.

    Most events are valid, and this takes two thirds of the time. pydantic's own JSON parser accepts NaN and Infinity,
    which are not JSON.
    """
    if len(body) > HARD_LIMIT or b"NaN" in body or b"Infinity" in body:
        return None
    try:
        event = _adapter().validate_json(body)
    except ValidationError:
        return None
    return None if _has_unknown_schema(event) else (event, event.data)


def _parse_with_reasons(body: bytes) -> tuple[Attributes, Payload]:
    """Parse an event in steps, each of which raises an error with its reason."""
    attributes = _parse_attributes(body)
    model = _payload_model(attributes)
    if not isinstance(attributes.data, dict):
        hint = "write its fields as a JSON object; neither text nor data_base64 is accepted"
        raise _invalid(attributes, f"The data of {attributes.type} is wrong: {hint}.")
    try:
        return attributes, model.model_validate(attributes.data)
    except ValidationError as error:
        raise _invalid(attributes, f"The data of {attributes.type} is wrong: {describe_errors(error)}.") from None


def _parse_attributes(body: bytes) -> Attributes:
    if len(body) > HARD_LIMIT:
        raise UnreadableMessageError(f"The body has {len(body):,} bytes; at most {HARD_LIMIT:,} are accepted.")
    try:
        document = from_json(body.removeprefix(BOM_UTF8), allow_inf_nan=False)
    except ValueError as error:
        _refuse_packed(body)
        raise UnreadableMessageError(f"The body is not JSON in UTF-8: {error}.") from None
    if not isinstance(document, dict):
        _refuse_packed(body)
        raise UnreadableMessageError("The body is JSON, but not an object; a CloudEvent in structured form is one.")
    try:
        attributes = Attributes.model_validate(document)
    except ValidationError as error:
        form = "The body is not a CloudEvent in structured form, with attributes and data in the body"
        raise UnreadableMessageError(f"{form}: {describe_errors(error)}.") from None
    if attributes.specversion != "1.0":
        raise UnreadableMessageError(f'CloudEvents "{attributes.specversion}" is not known; write specversion "1.0".')
    return attributes


def _refuse_packed(body: bytes) -> None:
    """Raise UnreadableMessageError for a body that is compressed, or Base64."""
    if packing := packing_of(body):
        raise UnreadableMessageError(f"The body is {packing}; publish events as plain JSON in UTF-8.")


def _payload_model(attributes: Attributes) -> type[Payload]:
    model = PAYLOADS.get(attributes.type)
    if model is None:
        raise _invalid(attributes, f'The event type "{attributes.type}" is not known.')
    if _has_unknown_schema(attributes):
        remedy = f"use version {MAJOR_VERSION} of {attributes.type}"
        raise _invalid(attributes, f"The schema {(attributes.dataschema or '')[:100]!r} is not known; {remedy}.")
    return model


def _has_unknown_schema(attributes: Attributes) -> bool:
    """Whether the schema is a version we do not know. A publisher's own schema address does not have our version."""
    schema = attributes.dataschema or ""
    return schema.startswith("urn:crossdock:") and schema != urn(attributes.type)


def _invalid(attributes: Attributes, reason: str) -> InvalidEventError:
    data = attributes.data if isinstance(attributes.data, dict) else {}
    try:
        order = order_key(OrderPayload.model_validate({name: data.get(name) for name in OrderPayload.model_fields}))
    except ValidationError:
        order = None
    key = event_key(attributes.source, attributes.id)
    return InvalidEventError(reason, key, attributes.type, order, attributes.source)
