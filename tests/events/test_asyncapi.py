"""The events as documents for programs: what they allow is taken, what is refused they do not allow."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from events.asyncapi import asyncapi, data_schemas
from events.envelope import decode, encode
from events.errors import InvalidEventError, UnreadableMessageError
from events.registry import CONSUMERS, NAMES, PAYLOADS, urn
from events.topology import EVENTS
from schemas.message import Message
from schemas.payloads import Payload
from tests.builders import START, a_report, placed, shipped
from tests.events import samples

DOCUMENT = asyncapi("1.2.3")
SCHEMAS = data_schemas()


def _fits(body: dict[str, Any]) -> bool:
    """Tell whether the document allows this as an `order.placed`."""
    whole = DOCUMENT | {"$ref": "#/components/messages/order.placed/payload"}
    return Draft202012Validator(whole, format_checker=FormatChecker()).is_valid(body)


def _is_taken(body: dict[str, Any]) -> bool:
    try:
        decode(Message("1", "order.placed", json.dumps(body).encode()))
    except (InvalidEventError, UnreadableMessageError):
        return False
    return True


def _told(**changes: object) -> dict[str, Any]:
    whole: dict[str, Any] = samples.placed()
    return whole | {"data": whole["data"] | changes}


def _item(**changes: object) -> dict[str, Any]:
    return _told(items=[{"order_item_id": "1", "seller_sku": "SKU-1", "quantity": 1} | changes])


def _price(amount: object, currency: str = "USD") -> dict[str, Any]:
    return _item(item_price={"currency": currency, "amount": amount})


@pytest.mark.parametrize(
    "body",
    [
        samples.placed(),
        samples.placed(subject="111-0000000-0000001", time="2026-05-01T10:00:00Z", extension="anything"),
        samples.placed(dataschema="urn:crossdock:order.placed:1"),
        _told(buyer=None, shipping_address={"country_code": "US"}, news="unknown"),
        _price("11.01"),
        _price("-0.000001"),
        _item(quantity=1_000_000, title=""),
    ],
)
def test_what_the_document_allows_is_taken(body: dict[str, Any]) -> None:
    assert _fits(body)
    assert _is_taken(body)


@pytest.mark.parametrize(
    "body",
    [
        samples.placed(specversion="0.3"),
        samples.placed(type="order.misplaced"),
        samples.placed(data="text"),
        samples.placed(id=""),
        {name: value for name, value in samples.placed().items() if name != "source"},
        _told(amazon_order_id="1-2-3"),
        _told(items=[]),
        _told(status="Lost"),
        _told(store_id="x" * 201),
        _told(store_id="nul\0"),
        _item(quantity=1_000_001),
        _item(quantity=1.5),
        _price("1,000.00"),
        _price("1.1234567"),
        _price("1.00", currency="usd"),
    ],
)
def test_what_is_refused_the_document_does_not_allow(body: dict[str, Any]) -> None:
    assert not _is_taken(body)
    assert not _fits(body)


def test_an_amount_is_to_be_written_as_text() -> None:
    assert _is_taken(_price(11.01))
    assert not _fits(_price(11.01))


@pytest.mark.parametrize(
    "payload",
    [placed(order_total={"currency": "EUR", "amount": "0.00"}), a_report(), shipped(items={"item-1": 1})],
)
def test_what_crossdock_writes_the_schema_of_its_data_allows(payload: Payload) -> None:
    name = NAMES[type(payload)]
    written = json.loads(encode(payload, "1", START).body)
    Draft202012Validator(SCHEMAS[name]).validate(written["data"])
    assert SCHEMAS[name]["$id"] == written["dataschema"] == urn(name)


def test_each_event_is_a_channel_of_the_exchange_and_each_consumer_takes_from_its_own() -> None:
    channels = DOCUMENT["channels"]
    assert {name: channel["address"] for name, channel in channels.items()} == {name: name for name in PAYLOADS}
    assert {channel["bindings"]["amqp"]["exchange"]["name"] for channel in channels.values()} == {EVENTS}
    taken = {name: one for name, one in DOCUMENT["operations"].items() if one["action"] == "receive"}
    assert {name: one["channel"]["$ref"] for name, one in taken.items()} == {
        consumer: f"#/channels/{event}" for consumer, event in CONSUMERS.items()
    }


def test_nothing_is_referred_to_that_is_not_there() -> None:
    for reference in _references(DOCUMENT):
        part: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict) and isinstance(part.get("$ref"), str):
        yield part["$ref"]
    for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _references(one)
