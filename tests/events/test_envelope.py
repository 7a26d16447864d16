"""The envelope: events that are decoded, the reasons of refusals, and events that are encoded."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import HARD_LIMIT, OF_ANY, Event, decode, derived_id, encode, event_key, follow_up
from events.errors import InvalidEventError, UnreadableMessageError
from events.registry import PAYLOADS
from schemas.message import Message
from schemas.payloads import CatalogChanged, ImportRequested, OrderPlaced
from tests.events.samples import placed

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
ORDER = ImportRequested(store_id="store-1", amazon_order_id="111-0000000-0000001")


def decoded(**changes: object) -> Event:
    """Decode the sample with some attributes changed."""
    return decode(Message("", "order.placed", json.dumps(placed(**changes)).encode()))


def test_the_five_required_attributes_are_enough() -> None:
    event = decoded()
    assert isinstance(event.payload, OrderPlaced)
    assert (event.id, event.name, event.time) == ("upstream-1", "order.placed", None)
    assert event.correlation_id == "upstream-1"


ODD_VALUES: tuple[object, ...] = (
    "",
    " x ",
    "NaN",
    "\x00",
    "5",
    "1.10",
    "2026-05-04",
    "2026-05-04T10:00:00Z",
    "0001-01-01T00:00:00+01:00",
    0,
    5,
    1.5,
    True,
    None,
    [],
    {},
)


def paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path to each part of a JSON value."""
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from paths(part, (*path, key))


def outcome(event: dict[str, Any]) -> tuple[object, ...]:
    """Return the decoded event without its body, or the error and its text."""
    try:
        return decode(Message("", "order.placed", json.dumps(event).encode()))._replace(message=Message("", "", b""))
    except (UnreadableMessageError, InvalidEventError) as error:
        return type(error), str(error)


@given(data=st.data(), odd=st.sampled_from(ODD_VALUES))
def test_the_fast_and_the_slow_path_give_the_same_result(data: st.DataObject, odd: object) -> None:
    event = placed()
    *parents, last = data.draw(st.sampled_from([path for path in paths(event) if path]))
    inner: Any = event
    for key in parents:
        inner = inner[key]
    inner[last] = odd
    slow_path_marker = {"ignored": "NaN"}
    assert outcome(event) == outcome(event | slow_path_marker)


def test_a_byte_order_mark_is_ignored() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(placed()).encode()
    assert decode(Message("", "order.placed", body)).key == decoded().key


def test_unknown_attributes_are_ignored() -> None:
    assert decoded(anything={"at": "all"}).key == decoded().key


def test_source_and_id_together_are_an_events_identity() -> None:
    assert decoded().key == event_key("/upstream", "upstream-1")
    assert decoded(source="/other").key != decoded().key
    assert len({decoded(id=name).key for name in ("upstream-1", "upstream-2", "upstream-1 ", " upstream-1")}) == 4


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"{", "not JSON"),
        (b'{"specversion": NaN}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not an object"),
        (b'"order.placed"', "not an object"),
        (b"{}", "specversion"),
        (json.dumps(placed()["data"]).encode(), "not a CloudEvent in structured form"),
        (json.dumps(placed(id="")).encode(), "id"),
        (json.dumps(placed(id=7)).encode(), "id"),
        (json.dumps(placed(source="a\x00b")).encode(), "source"),
        (json.dumps(placed(id="a\nb")).encode(), "id"),
        (json.dumps(placed(type=None)).encode(), "type"),
        (json.dumps(placed(time="2026-11-01T10:00:00")).encode(), "time"),
        (json.dumps(placed(specversion="0.3")).encode(), "0.3"),
        (b" " * (HARD_LIMIT + 1), "1,048,577 bytes"),
    ],
)
def test_a_body_that_is_not_a_cloud_event_is_unreadable(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableMessageError, match=reason):
        decode(Message("", "order.placed", body))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "order.eaten"}, "order.eaten"),
        ({"dataschema": "urn:crossdock:order.placed:2"}, "order.placed:2"),
        ({"dataschema": "urn:crossdock:order.shipped:1"}, "order.shipped:1"),
        ({"data": None}, "data of order.placed is wrong: write its fields as a JSON object"),
        ({"data": "{}"}, "neither text nor data_base64"),
        ({"data": []}, "data of order.placed"),
        ({"data": {}}, "store_id"),
    ],
)
def test_an_event_of_unknown_type_or_wrong_data_is_invalid(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidEventError, match=reason) as caught:
        decoded(**changes)
    assert caught.value.key == decoded().key


@pytest.mark.parametrize(
    "instant",
    [
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "20260105",
        "-62135596800",
        1767605400,
        1767605400.5,
        True,
    ],
)
def test_an_invalid_time_is_refused_in_every_field(instant: object) -> None:
    data = placed()["data"]
    assert isinstance(data, dict)
    with pytest.raises(InvalidEventError, match=r"purchase_date: An instant"):
        decoded(data=data | {"purchase_date": instant})
    with pytest.raises(UnreadableMessageError, match=r"time: An instant"):
        decoded(time=instant)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", True),
        ("quantity", "2_0"),
        ("quantity", "\u0662"),
        ("quantity", "2.5000"),
        ("quantity_shipped", " 1"),
        ("item_price", {"currency": "USD", "amount": "1_000.50"}),
        ("item_price", {"currency": "USD", "amount": "\u0662\u0666.57"}),
    ],
)
def test_a_number_that_only_python_accepts_is_invalid_and_named_once(field: str, value: object) -> None:
    data = placed()["data"]
    assert isinstance(data, dict)
    item = {"order_item_id": "1", "seller_sku": "SKU", "quantity": 1, field: value}
    with pytest.raises(InvalidEventError, match=rf"wrong: items\.0\.{field}[^;]*\.$"):
        decoded(data=data | {"items": [item]})


@pytest.mark.parametrize("quantity", ["20", 20.0, "20.0000"])
def test_a_quantity_may_be_written_as_text_or_as_a_decimal(quantity: object) -> None:
    data = placed()["data"]
    assert isinstance(data, dict)
    payload = decoded(
        data=data | {"items": [{"order_item_id": "1", "seller_sku": "SKU", "quantity": quantity}]}
    ).payload
    assert isinstance(payload, OrderPlaced)
    assert payload.items[0].quantity == 20


def test_a_report_with_too_many_items_is_invalid() -> None:
    data = placed()["data"]
    assert isinstance(data, dict)
    items = [{"order_item_id": str(number), "seller_sku": "SKU", "quantity": 1} for number in range(1001)]
    for name in ("order.placed", "order.status_changed"):
        with pytest.raises(InvalidEventError, match=r"items: .*at most 1000"):
            decoded(type=name, data=data | {"status": "Unshipped", "items": items})


def test_a_publishers_own_schema_address_is_ignored() -> None:
    assert decoded(dataschema="https://example.com/schemas/order/9").name == "order.placed"


def test_an_invalid_event_has_its_order_if_the_key_is_valid() -> None:
    data = {"store_id": "store-1", "amazon_order_id": "111-0000000-0000001"}
    with pytest.raises(InvalidEventError) as caught:
        decoded(data=data)
    assert caught.value.order == ("store-1", "111-0000000-0000001")
    with pytest.raises(InvalidEventError) as caught:
        decoded(data=data | {"amazon_order_id": "none"})
    assert caught.value.order is None


def test_the_reason_of_a_refusal_does_not_repeat_the_data() -> None:
    with pytest.raises(InvalidEventError) as caught:
        decoded(data={"store_id": "store-1", "buyer": "Test Buyer", "amazon_order_id": "Test Buyer"})
    assert "Test Buyer" not in str(caught.value)


def test_a_refusal_with_many_reasons_stays_short() -> None:
    with pytest.raises(InvalidEventError, match="and 2 more") as caught:
        decoded(data={})
    assert str(caught.value).count(":") <= 8


def test_an_encoded_event_can_be_decoded() -> None:
    message = encode(ORDER, "e-1", NOON)
    event = decode(message)
    assert event.payload == ORDER
    assert (event.id, event.name, event.time) == ("e-1", "import.requested", NOON)
    assert (message.id, message.name, message.order_id) == ("e-1", "import.requested", "111-0000000-0000001")
    assert message.key == event.key


def test_an_encoded_event_is_a_cloud_event() -> None:
    body = json.loads(encode(ORDER, "e-1", NOON.astimezone(timezone(timedelta(hours=2)))).body)
    assert body == {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/crossdock",
        "type": "import.requested",
        "subject": "111-0000000-0000001",
        "time": "2026-11-01T14:00:00+02:00",
        "datacontenttype": "application/json",
        "dataschema": "urn:crossdock:import.requested:1",
        "correlationid": "e-1",
        "data": {"store_id": "store-1", "amazon_order_id": "111-0000000-0000001"},
    }


def test_a_follow_up_has_the_ids_of_its_cause() -> None:
    cause = decoded(traceparent="00-trace-span-01", correlationid="c-1")
    event = decode(follow_up(ORDER, cause, "order-placed", 0, NOON, OF_ANY))
    body = json.loads(event.message.body)
    assert (event.correlation_id, event.traceparent) == ("c-1", "00-trace-span-01")
    assert body["causationid"] == "upstream-1"


def test_a_repeated_follow_up_is_the_same_event() -> None:
    cause = decoded()
    first = follow_up(ORDER, cause, "order-placed", 0, NOON, OF_ANY)
    again = follow_up(ORDER, cause, "order-placed", 0, NOON + timedelta(hours=1), OF_ANY)
    assert first.id == again.id
    others = {
        derived_id(cause.key, "order-placed", 1, OF_ANY),
        derived_id(cause.key, "importer", 0, OF_ANY),
        derived_id(decoded(id="upstream-2").key, "order-placed", 0, OF_ANY),
        derived_id(cause.key, "order-placed", 0, "another"),
    }
    assert len(others | {first.id}) == 5


def test_an_event_without_an_order_has_no_subject() -> None:
    payload = CatalogChanged.model_construct()
    assert "subject" not in json.loads(encode(payload, "e-1", NOON).body)


def test_every_name_has_one_payload() -> None:
    assert len(set(PAYLOADS.values())) == len(PAYLOADS)
