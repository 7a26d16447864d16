"""crossdock publish: JSON lines and Amazon's own formats, into the outbox or to RabbitMQ."""

import json
from pathlib import Path
from typing import Any

import pytest

from events.envelope import encode
from events.open_bus import open_bus
from events.topology import TOPOLOGY
from tests.builders import ORDER_ID, START, STORE_ID, changed, placed
from tests.cli.conftest import Shell

HEADER = (
    *("amazon-order-id", "purchase-date", "order-status", "fulfillment-channel", "sales-channel"),
    *("sku", "quantity", "currency", "item-price"),
)
ROWS = (
    ("111-0000001-0000001", "2026-05-04T10:00:00+00:00", "Pending", "Merchant", "Amazon.com", "SKU-1", "1", "USD", "5"),
    ("111-0000001-0000001", "2026-05-04T10:00:00+00:00", "Pending", "Merchant", "Amazon.com", "SKU-2", "2", "USD", "8"),
    ("111-0000001-0000002", "2026-05-04T10:00:00+00:00", "Lost", "Merchant", "Amazon.com", "SKU-1", "1", "USD", "5"),
)
REPORT = "\n".join("\t".join(row) for row in (HEADER, *ROWS))


def _short(**facts: Any) -> str:
    return json.dumps({"type": "order.placed", "data": placed(**facts).model_dump(mode="json", exclude_none=True)})


def test_full_events_and_bare_data_are_both_published(shell: Shell) -> None:
    shell.add_stores(STORE_ID)
    full = encode(changed("Unshipped"), "event-1", START).body.decode()
    answer = shell.ok("publish", "-", text=f"{_short()}\n\n{full}\n")
    assert answer.out == "Queued 2 events of 1 order; `crossdock up` handles them.\n"
    shell.work()
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["amazon_status"] == "Unshipped"


def test_publishing_a_file_twice_doubles_nothing(shell: Shell) -> None:
    shell.add_stores(STORE_ID)
    for _ in range(2):
        shell.ok("publish", "-", text=_short())
        shell.work()
    assert len(shell.ok("orders", "history", ORDER_ID, "--json").json) == 1


def test_events_of_two_sources_with_one_id_are_two_events(shell: Shell) -> None:
    shell.add_stores(STORE_ID)
    lines = []
    for source, payload in (("/one", placed()), ("/two", changed("Unshipped"))):
        event = json.loads(encode(payload, "1", START).body)
        lines.append(json.dumps({**event, "source": source}))
    shell.ok("publish", "-", text="\n".join(lines))
    shell.work()
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["amazon_status"] == "Unshipped"


def test_refused_lines_are_reported_by_number_and_the_others_are_published(shell: Shell) -> None:
    shell.add_stores(STORE_ID)
    lines = (
        "no JSON",
        _short(),
        '{"type": "order.lost", "data": {}}',
        '{"type": "order.placed", "data": {"store_id": "s"}}',
        '{"id": "1", "type": "order.placed", "data": {}}',
        '{"type": "order.placed", "data": ' + "[" * 10_000 + "]" * 10_000 + "}",
        '"' + "x" * 2_000_000 + '"',
        _short(amazon_order_id="123-1234567-0000002"),
    )
    answer = shell.run("publish", "-", "--json", text="\n".join(lines))
    assert answer.code == 1
    assert answer.json["published"] == 2
    assert answer.json["orders"] == 2
    refused = {one["line"]: one["reason"] for one in answer.json["refused"]}
    assert list(refused) == [1, 3, 4, 5, 6, 7]
    assert refused[3] == 'The event type "order.lost" is not known.'
    assert "1,048,576" in refused[7]
    shell.work()
    assert shell.ok("orders", "list", "--json").json["count"] == 2


@pytest.mark.parametrize(
    ("document", "command"),
    [
        (json.dumps(json.loads(_short()), indent=2), "`jq -c . FILE`"),
        (json.dumps([json.loads(_short())], indent=2), "`jq -c '.[]' FILE`"),
        (f"[{_short()}, {_short()}]", "`jq -c '.[]' FILE`"),
    ],
    ids=["laid out", "an array laid out", "an array"],
)
def test_events_that_do_not_take_one_line_each_are_refused_in_one_sentence(
    shell: Shell, document: str, command: str
) -> None:
    answer = shell.run("publish", "-", text=document)
    assert (answer.code, answer.out[:16]) == (1, "Queued 0 events ")
    printed, count = answer.err.splitlines()
    assert printed.startswith("line 1: Each event takes one line; nothing was published. ")
    assert command in printed
    assert count == "1 line refused."


def test_a_first_line_that_is_cut_off_is_refused_alone(shell: Shell) -> None:
    shell.add_stores(STORE_ID)
    answer = shell.run("publish", "-", "--json", text=f"{_short()[:40]}\n{_short()}\n")
    assert (answer.code, answer.json["published"], answer.json["refused"][0]["line"]) == (1, 1, 1)


def test_people_read_refusals_on_standard_error(shell: Shell) -> None:
    answer = shell.run("publish", "-", text="no JSON\n")
    assert answer.code == 1
    assert answer.err.startswith("line 1: The body is not JSON in UTF-8")
    assert "0 events" in answer.out


def test_a_refused_payload_is_reported_without_pydantics_words(shell: Shell) -> None:
    twice = placed().model_copy(update={"items": placed().items * 2}).model_dump_json(exclude_none=True)
    answer = shell.run("publish", "-", text=f'{{"type":"order.placed","data":{twice}}}')
    assert answer.err.startswith(
        "line 1: The data of order.placed is wrong: the whole: two items have the same order_item_id.\n"
    )


def test_a_file_in_bytes_that_are_no_text_is_refused_by_line(shell: Shell) -> None:
    shell.add_stores(STORE_ID)
    answer = shell.run("publish", "-", "--json", text=b"\xff\xfe\n" + _short().encode())
    assert (answer.code, answer.json["published"], answer.json["refused"][0]["line"]) == (1, 1, 1)


def test_a_report_is_read_with_broken_rows_reported(shell: Shell, tmp_path: Path) -> None:
    shell.ok("stores", "add", STORE_ID)
    file = tmp_path / "report.txt"
    file.write_text(REPORT)
    answer = shell.run("publish", str(file), "--from", "all-orders-report", "--store", STORE_ID)
    assert answer.code == 1
    assert answer.err.startswith("line 4: Order 111-0000001-0000002: order-status")
    shell.work()
    (order,) = shell.ok("orders", "list", "--json").json["orders"]
    assert order["total"] == {"currency": "USD", "amount": "13"}


def test_a_column_can_have_another_name(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID)
    report = REPORT.replace("\tsku\t", "\tCategory\t").replace("Lost", "Pending")
    words = ("publish", "-", "--from", "all-orders-report", "--store", STORE_ID)
    assert shell.run(*words, text=report).code == 1
    assert shell.ok(*words, "--column", "sku=Category", "--json", text=report).json["published"] == 2


def amazon_document(shape: str) -> str:
    """An order of Amazon.com in one of Amazon's formats."""
    facts = {"AmazonOrderId": "111-0000001-0000001", "PurchaseDate": "2026-05-04T10:00:00Z"}
    item = {"OrderItemId": "1", "SellerSKU": "SKU-1", "ASIN": "B000000001"}
    order = {
        **facts,
        "LastUpdateDate": "2026-05-04T10:00:00Z",
        "OrderStatus": "Pending",
        "MarketplaceId": "ATVPDKIKX0DER",
        "FulfillmentChannel": "MFN",
        "OrderItems": [{**item, "QuantityOrdered": 1}],
    }
    summary = {
        "MarketplaceId": "ATVPDKIKX0DER",
        "OrderStatus": "Pending",
        "PurchaseDate": facts["PurchaseDate"],
        "FulfillmentType": "MFN",
        "OrderItems": [{**item, "Quantity": 1}],
    }
    change = {"NotificationLevel": "OrderLevel", "AmazonOrderId": facts["AmazonOrderId"], "Summary": summary}
    notification = {
        "NotificationVersion": "1.0",
        "NotificationType": "ORDER_CHANGE",
        "PayloadVersion": "1.0",
        "EventTime": "2026-05-04T10:00:00Z",
        "Payload": {"OrderChangeNotification": change},
    }
    return json.dumps(order if shape == "amazon-order" else notification)


@pytest.mark.parametrize("shape", ["amazon-order", "amazon-notification"])
def test_amazons_formats_are_read(shell: Shell, shape: str) -> None:
    shell.ok("stores", "add", STORE_ID)
    text = amazon_document(shape)
    shell.ok("publish", "-", "--from", shape, "--store", STORE_ID, text=text)
    shell.work()
    assert shell.ok("orders", "show", "111-0000001-0000001", "--json").json["status"] == "Pending"


def test_an_order_that_is_too_long_for_an_event_is_refused_and_the_others_are_published(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID)
    cells = dict(zip(HEADER, ROWS[0], strict=True)) | {"amazon-order-id": "111-0000001-0000003"}
    long = "\t".join((*cells.values(), "x" * 2000))
    report = "\n".join(("\t".join((*HEADER, "product-name")), *("\t".join(row) for row in ROWS[:2]), *[long] * 600))
    words = ("publish", "-", "--from", "all-orders-report", "--store", STORE_ID, "--json")
    answer = shell.run(*words, text=report)
    assert (answer.code, answer.json["published"]) == (1, 1)
    (refused,) = answer.json["refused"]
    assert refused["line"] == 4
    assert refused["reason"].startswith("Order 111-0000001-0000003: The body has ")


def test_a_number_that_is_too_great_is_reported_as_such(shell: Shell) -> None:
    answer = shell.run("publish", "-", text=_short()[:-2] + ', "weight": 1e999}}')
    assert answer.code == 1
    assert answer.err.startswith("line 1: A number in the data is too great to be passed on, such as 1e999; ")


def test_the_only_store_need_not_be_named(shell: Shell) -> None:
    words = ("publish", "-", "--from", "amazon-order")
    assert shell.run(*words).code == 2
    shell.ok("stores", "add", STORE_ID)
    assert shell.ok(*words).out.startswith("Queued 0 events")
    shell.ok("stores", "add", "second")
    answer = shell.run(*words)
    assert (answer.code, "there are 2 stores" in answer.err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("nowhere.jsonl",),
        ("-", "--from", "carrier-pigeon"),
        ("-", "--column", "sku=Category"),
        ("-", "--from", "amazon-order", "--store", STORE_ID, "--encoding", "cp932"),
        ("-", "--from", "all-orders-report", "--store", STORE_ID, "--encoding", "hex"),
        ("-", "--from", "all-orders-report", "--store", STORE_ID, "--column", "sku"),
    ],
)
def test_wrong_usage_ends_with_2(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell.run("publish", *words).code == 2


def test_a_document_that_is_not_utf_8_is_refused_in_one_sentence(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID)
    answer = shell.run("publish", "-", "--from", "amazon-order", "--store", STORE_ID, text=b"\xff{}")
    assert (answer.code, answer.err) == (1, "crossdock: The file is not UTF-8, as Amazon's documents are.\n")


def test_events_go_to_rabbitmq_as_they_are(shell: Shell, vhost_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_BROKER_URL", vhost_url)
    missing = shell.run("topology", "check")
    assert (missing.code, "run `crossdock topology apply`" in missing.err) == (1, True)
    shell.ok("topology", "apply")
    shell.ok("topology", "check")
    full = json.dumps({**json.loads(encode(placed(), "event-1", START).body), "source": "/elsewhere", "own": " kept "})
    answer = shell.ok("publish", "-", text=f"{full}\n{_short(amazon_order_id='123-1234567-0000002')}\n")
    assert answer.out == "Published 2 events of 2 orders.\n"
    bus = open_bus(vhost_url, "test")
    try:
        bus.declare(TOPOLOGY)
        subscription = bus.subscribe("order-placed", 10)
        found = subscription.receive(1, 10.0)
        assert found[0].message.body == full.encode()
        subscription.ack(found)
    finally:
        bus.close()


def test_a_broker_that_is_unreachable_is_reported_in_one_sentence(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSDOCK_BROKER_URL", "amqp://guest:guest@127.0.0.1:1/")
    answer = shell.run("publish", "-", text=_short())
    assert answer.code == 1
    assert answer.err.splitlines()[0].startswith("0 events were published before")
    assert answer.err.splitlines()[1].startswith("crossdock: RabbitMQ cannot be reached")
