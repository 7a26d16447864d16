"""crossdock dead-letters edit: a corrected message takes the place of a dead letter's own."""

import base64
import bz2
import gzip
import json
import lzma
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.message import Message
from tests.builders import ORDER_ID, STORE_ID, placed, shipped
from tests.cli.conftest import Shell

EDIT = ("dead-letters", "edit", "--yes")


def event(**data: Any) -> dict[str, Any]:
    """Return order.placed as an upstream system writes it, with some of its data replaced."""
    reported = placed(buyer={"name": "Test Buyer"}).model_dump(mode="json", exclude_none=True)
    return {
        "specversion": "1.0",
        "id": "wrong-1",
        "source": "/upstream",
        "type": "order.placed",
        "data": reported | data,
    }


@pytest.fixture
def wrong(shell: Shell) -> Shell:
    """A letter whose event names a channel that Amazon does not have."""
    shell.receive(
        "order-placed", Message("", "order.placed", json.dumps(event(fulfillment_channel="NEITHER")).encode())
    )
    return shell


@pytest.fixture
def letter_id(wrong: Shell) -> str:
    """Its id."""
    (letter,) = wrong.ok("dead-letters", "list", "--json").json
    return str(letter["id"])


def state(shell: Shell, letter_id: str) -> str:
    """Return the letter's state."""
    return str(shell.ok("dead-letters", "show", letter_id, "--json").json["state"])


def test_a_field_is_corrected_and_the_event_handled(wrong: Shell, letter_id: str) -> None:
    done = wrong.ok(*EDIT, letter_id[:8], "--set", "data.fulfillment_channel=MFN", "--why", "a typing error")
    assert "FIELD\tCHANGE\ndata.fulfillment_channel\tchanged\n" in done.out
    assert "NEITHER" not in done.out
    wrong.work()
    assert wrong.ok("orders", "show", ORDER_ID, "--json").json["amazon_status"] == "Pending"
    shown = wrong.ok("dead-letters", "show", letter_id, "--json").json
    assert shown["state"] == "resolved"
    assert shown["replaced_by"] in done.out
    assert [(act["action"], act["why"]) for act in shown["audit"]] == [("letter.edit", "a typing error")]


def test_values_are_shown_on_request_only(wrong: Shell, letter_id: str) -> None:
    change = ("--set", "data.fulfillment_channel=MFN", "--set", "data.buyer.name=Other Buyer")
    edited = wrong.ok(*EDIT, letter_id, *change, "--show-values")
    assert 'data.buyer.name\tchanged\t"Test Buyer"\t"Other Buyer"' in edited.out


def test_names_of_buyers_are_not_shown_otherwise(wrong: Shell, letter_id: str) -> None:
    edited = wrong.ok(*EDIT, letter_id, "--set", "data.fulfillment_channel=MFN", "--set", "data.buyer.name=Other Buyer")
    shown = wrong.ok("dead-letters", "show", letter_id)
    audit = wrong.ok("dead-letters", "audit", "--json")
    assert "Buyer" not in edited.out + edited.err + shown.out + audit.out


def test_a_whole_message_is_read_from_a_file(wrong: Shell, letter_id: str, tmp_path: Path) -> None:
    (tmp_path / "right.json").write_text(json.dumps(event()))
    wrong.ok(*EDIT, letter_id, "--file", str(tmp_path / "right.json"))
    assert state(wrong, letter_id) == "resolved"


def test_a_body_that_is_not_json_is_replaced_as_a_whole_or_not_at_all(shell: Shell) -> None:
    shell.receive("order-placed", Message("", "order.placed", b"{oops"))
    (letter,) = shell.ok("dead-letters", "list", "--class", "unreadable", "--json").json
    refused = shell.run(*EDIT, letter["id"], "--set", "data.x=1")
    assert (refused.code, "not a JSON object" in refused.err) == (1, True)
    done = shell.ok(*EDIT, letter["id"], "--file", "-", text=json.dumps(event()))
    assert "the whole\tchanged" in done.out
    shell.work()
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["amazon_status"] == "Pending"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("data.fulfillment_channel=FBM", "is still wrong, so nothing was changed"),
        ("type=commerce.shipped", "nothing was changed"),
        ("data.items.7.quantity=2", "7 does not exist"),
        ("data.fulfillment_channel.x=2", "x does not exist"),
        ("data.fulfillment_channel=NEITHER", "The message is as it was"),
    ],
)
def test_an_invalid_edit_is_refused_and_nothing_changes(
    wrong: Shell, letter_id: str, change: str, message: str
) -> None:
    answer = wrong.run(*EDIT, letter_id, "--set", change)
    assert (answer.code, message in answer.err) == (1, True), answer
    assert state(wrong, letter_id) == "open"
    assert wrong.ok("dead-letters", "audit", "--json").json == []


NO_NUMBERS = ("NaN", "-Infinity", "1e999")
NESTED = "[" * 2000 + "]" * 2000


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_a_number_that_json_does_not_know_is_never_sent_and_can_be_corrected(shell: Shell, number: str) -> None:
    body = json.dumps(event(fulfillment_channel="NEITHER", weight=7)).replace(": 7", f": {number}")
    shell.receive("order-placed", Message("", "order.placed", body.encode()))
    (letter,) = shell.ok("dead-letters", "list", "--json").json
    words = (*EDIT, letter["id"], "--why", "test", "--set", "data.fulfillment_channel=MFN")
    refused = shell.run(*words)
    assert (refused.code, "a number that JSON does not know (NaN, Infinity, 1e999)" in refused.err) == (1, True)
    assert state(shell, letter["id"]) == "open"
    shell.ok(*words, "--set", "data.weight=8")
    shell.work()
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["amazon_status"] == "Pending"


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_a_number_that_json_does_not_know_is_refused_in_a_file_too(wrong: Shell, letter_id: str, number: str) -> None:
    body = json.dumps(event(weight=7)).replace(": 7", f": {number}")
    refused = wrong.run(*EDIT, letter_id, "--why", "test", "--file", "-", text=body)
    assert (refused.code, state(wrong, letter_id)) == (1, "open")


@pytest.mark.parametrize(
    "change",
    [
        "data.a=" + NESTED,
        "data" + ".a" * 2000 + "=1",
        f"data.items.{'1' * 5000}.quantity=2",
        "data.items=" + "9" * 5000,
    ],
    ids=["nested", "a long path", "a far place", "a long number"],
)
def test_a_value_that_no_message_can_have_is_refused(wrong: Shell, letter_id: str, change: str) -> None:
    answer = wrong.run(*EDIT, letter_id, "--why", "test", "--set", change)
    assert (answer.code, state(wrong, letter_id)) == (1, "open")
    assert answer.err.startswith("crossdock: The ")


@pytest.mark.parametrize("value", ['"\\ud800"', "[" * 300 + "]" * 300, NESTED], ids=["half a sign", "deep", "deeper"])
def test_a_body_that_only_python_can_read_is_replaced_as_a_whole(shell: Shell, value: str) -> None:
    body = json.dumps(event(weight=7)).replace(": 7", f": {value}")
    shell.receive("order-placed", Message("", "order.placed", body.encode()))
    (letter,) = shell.ok("dead-letters", "list", "--json").json
    words = (*EDIT, letter["id"], "--why", "test")
    refused = shell.run(*words, "--set", "data.weight=8")
    assert (refused.code, "not a JSON object" in refused.err) == (1, True)
    shell.ok(*words, "--file", "-", text=json.dumps(event()))
    shell.work()
    assert state(shell, letter["id"]) == "resolved"


@pytest.mark.parametrize(
    "words", [(), ("--set", "data.x"), ("--editor",), ("--set", "a=1", "--file", "-"), ("--file", "missing.json")]
)
def test_wrong_usage_ends_with_2(wrong: Shell, letter_id: str, words: tuple[str, ...]) -> None:
    assert wrong.run(*EDIT, letter_id, *words).code == 2
    assert state(wrong, letter_id) == "open"


def test_an_edit_without_a_terminal_needs_yes(wrong: Shell, letter_id: str, tmp_path: Path) -> None:
    (tmp_path / "right.json").write_text(json.dumps(event()))
    for change in (("--set", "data.fulfillment_channel=MFN"), ("--file", str(tmp_path / "right.json"))):
        answer = wrong.run("dead-letters", "edit", letter_id, *change)
        assert (answer.code, answer.out) == (2, "")
        assert "pass --yes after checking with `crossdock dead-letters show ID`" in answer.err
    assert state(wrong, letter_id) == "open"
    assert wrong.ok("dead-letters", "audit", "--json").json == []


def test_unknown_and_blocked_letters_are_refused(shell: Shell) -> None:
    assert shell.run(*EDIT, "zzzz", "--set", "a=1").err == 'crossdock: There is no dead letter "zzzz".\n'
    shell.sell(1)
    (letter,) = shell.ok("dead-letters", "list", "--json").json
    refused = shell.run(*EDIT, letter["id"], "--set", "data.store_id=elsewhere")
    assert (refused.code, "orders explain" in refused.err) == (1, True)


@pytest.mark.parametrize(
    "change", ["shipment_id=parcel-2", "amazon_order_id=123-1234567-0000009", "store_id=elsewhere"]
)
def test_an_edit_never_leaves_an_incomplete_parcel_without_a_letter(shell: Shell, change: str) -> None:
    shell.publish(placed(status="Unshipped"))
    shell.publish(shipped(items={"item-9": 1}))
    (letter,) = shell.ok("dead-letters", "list", "--consumer", "commerce-shipped", "--json").json
    words = (*EDIT, letter["id"], "--why", "test")
    refused = shell.run(*words, "--set", f"data.{change}")
    assert (refused.code, state(shell, letter["id"])) == (1, "open")
    assert f"stands for shipment parcel-1 of order {ORDER_ID} of store {STORE_ID}, which" in refused.err
    shell.ok(*words, "--set", "data.tracking_number=TRACK-2")


def test_a_letter_that_stands_for_its_message_alone_may_be_edited_to_be_of_another_order(shell: Shell) -> None:
    wrong = event(amazon_order_id="123-1234567-0000009", fulfillment_channel="NEITHER")
    shell.receive("order-placed", Message("", "order.placed", json.dumps(wrong).encode()))
    (letter,) = shell.ok("dead-letters", "list", "--json").json
    change = ("--set", f"data.amazon_order_id={ORDER_ID}", "--set", "data.fulfillment_channel=MFN")
    shell.ok(*EDIT, letter["id"], *change, "--why", "test")
    shell.work()
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["amazon_status"] == "Pending"


def test_the_command_that_is_named_for_a_blocked_order_works_where_two_stores_have_its_id(shell: Shell) -> None:
    for store_id in ("one", "two"):
        shell.sell(1, store_id=store_id)
    (letter,) = shell.ok("dead-letters", "list", "--store", "two", "--json").json
    refused = shell.run(*EDIT, letter["id"], "--set", "data.x=1", "--why", "test")
    found = re.search("see `crossdock (.+)`", refused.err)
    assert found, refused
    assert shell.ok(*found[1].split()).out.startswith(f"Order {ORDER_ID} of store two\n")


@pytest.mark.parametrize("source", ["/dev/zero", "-"])
def test_a_correction_larger_than_a_message_may_be_is_refused(wrong: Shell, letter_id: str, source: str) -> None:
    answer = wrong.run(*EDIT, letter_id, "--file", source, text="x" * 2_000_000)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "crossdock: The file has more than 1,048,576 bytes, the limit; no message may have more.\n"
    assert state(wrong, letter_id) == "open"


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "Base64": base64.encodebytes,
    "Base64 of gzip": lambda body: base64.urlsafe_b64encode(gzip.compress(body)),
}


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)
def test_a_packed_message_is_unpacked_by_an_edit(shell: Shell, pack: Callable[[bytes], bytes]) -> None:
    shell.receive("order-placed", Message("", "order.placed", pack(json.dumps(event()).encode())))
    (letter,) = shell.ok("dead-letters", "list", "--json").json
    assert "publish events as plain JSON" in letter["reason"]
    done = shell.ok(*EDIT, letter["id"], "--set", "data.fulfillment_channel=AFN")
    assert "the whole\tchanged\ndata.fulfillment_channel\tchanged\n" in done.out
    shell.work()
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["fulfillment_channel"] == "AFN"


@pytest.mark.parametrize(
    ("body", "packing"),
    [
        (b"\x28\xb5\x2f\xfd" + bytes(20), "compressed with zstd"),
        (gzip.compress(b"{" * 2_000_000), "compressed with gzip"),
        (gzip.compress(json.dumps(event()).encode())[:-20], "compressed with gzip"),
    ],
    ids=["no decoder", "too large", "cut off"],
)
def test_a_message_that_cannot_be_unpacked_is_named_as_packed(shell: Shell, body: bytes, packing: str) -> None:
    shell.receive("order-placed", Message("", "order.placed", body))
    (letter,) = shell.ok("dead-letters", "list", "--json").json
    answer = shell.run(*EDIT, letter["id"], "--set", "data.fulfillment_channel=AFN")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"crossdock: The message is {packing}, which cannot be undone here; give the whole message.\n"
