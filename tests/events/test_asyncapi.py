"""The AsyncAPI document and the JSON Schemas allow the events that Crossdock accepts, and no others."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from events.asyncapi import asyncapi, data_schemas
from events.envelope import decode, encode
from events.errors import InvalidEventError, UnreadableMessageError
from events.registry import CONSUMERS, NAMES, PAYLOADS, REQUESTS, UPSTREAM, urn
from events.topology import EVENTS, INTERNAL
from schemas.message import Message
from schemas.payloads import Payload
from tests.builders import START, a_report, placed, shipped
from tests.events import samples

DOCUMENT = asyncapi("1.2.3")
SCHEMAS = data_schemas()


def _is_allowed(body: dict[str, Any]) -> bool:
    """Whether the document allows the body as an `order.placed`."""
    document = DOCUMENT | {"$ref": "#/components/messages/order.placed/payload"}
    return Draft202012Validator(document, validate_formats=True).is_valid(body)


def _is_accepted(body: dict[str, Any]) -> bool:
    try:
        decode(Message("1", "order.placed", json.dumps(body).encode()))
    except (InvalidEventError, UnreadableMessageError):
        return False
    return True


def _placed(**changes: object) -> dict[str, Any]:
    event: dict[str, Any] = samples.placed()
    return event | {"data": event["data"] | changes}


def _item(**changes: object) -> dict[str, Any]:
    return _placed(items=[{"order_item_id": "1", "seller_sku": "SKU-1", "quantity": 1} | changes])


def _price(amount: object, currency: str = "USD") -> dict[str, Any]:
    return _item(item_price={"currency": currency, "amount": amount})


@pytest.mark.parametrize(
    "body",
    [
        samples.placed(),
        samples.placed(subject="111-0000000-0000001", time="2026-05-01T10:00:00Z", extension="anything"),
        samples.placed(dataschema="urn:crossdock:order.placed:1"),
        _placed(buyer=None, shipping_address={"country_code": "US"}, other="unknown"),
        _price("11.01"),
        _price("-0.000001"),
        _item(quantity=1_000_000, title=""),
    ],
)
def test_events_that_the_document_allows_are_accepted(body: dict[str, Any]) -> None:
    assert _is_allowed(body)
    assert _is_accepted(body)


@pytest.mark.parametrize(
    "body",
    [
        samples.placed(specversion="0.3"),
        samples.placed(type="order.misplaced"),
        samples.placed(data="text"),
        samples.placed(id=""),
        {name: value for name, value in samples.placed().items() if name != "source"},
        _placed(amazon_order_id="1-2-3"),
        _placed(items=[]),
        _placed(status="Lost"),
        _placed(store_id="x" * 201),
        _placed(store_id="nul\0"),
        _item(quantity=1_000_001),
        _item(quantity=1.5),
        _price("1,000.00"),
        _price("1.1234567"),
        _price("1.00", currency="usd"),
    ],
)
def test_events_that_are_refused_are_not_allowed_by_the_document(body: dict[str, Any]) -> None:
    assert not _is_accepted(body)
    assert not _is_allowed(body)


def test_the_document_requires_amounts_as_text() -> None:
    assert _is_accepted(_price(11.01))
    assert not _is_allowed(_price(11.01))


@pytest.mark.parametrize(
    "payload",
    [placed(order_total={"currency": "EUR", "amount": "0.00"}), a_report(), shipped(items={"item-1": 1})],
)
def test_the_schemas_allow_the_events_that_crossdock_publishes(payload: Payload) -> None:
    name = NAMES[type(payload)]
    published = json.loads(encode(payload, "1", START).body)
    Draft202012Validator(SCHEMAS[name]).validate(published["data"])
    assert SCHEMAS[name]["$id"] == published["dataschema"] == urn(name)


def test_each_event_is_a_channel_and_each_consumer_receives_its_event() -> None:
    channels = DOCUMENT["channels"]
    assert {name: channel["address"] for name, channel in channels.items()} == {name: name for name in PAYLOADS}
    exchanges = {name: channel["bindings"]["amqp"]["exchange"]["name"] for name, channel in channels.items()}
    assert exchanges == {name: INTERNAL if name in REQUESTS else EVENTS for name in PAYLOADS}
    received = {name: each for name, each in DOCUMENT["operations"].items() if each["action"] == "receive"}
    assert {name: (each["summary"], each["channel"]["$ref"]) for name, each in received.items()} == {
        f"receive-{event}": (f"Consumed from the queue {consumer}.", f"#/channels/{event}")
        for consumer, event in CONSUMERS.items()
    }


def test_each_event_that_crossdock_publishes_has_a_publish_operation() -> None:
    published = {name: each for name, each in DOCUMENT["operations"].items() if each["action"] == "send"}
    assert {name: each["channel"]["$ref"] for name, each in published.items()} == {
        f"publish-{event}": f"#/channels/{event}" for event in PAYLOADS if event not in UPSTREAM
    }


def test_every_reference_has_a_target() -> None:
    for reference in _references(DOCUMENT):
        part: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict) and isinstance(part.get("$ref"), str):
        yield part["$ref"]
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _references(inner)
