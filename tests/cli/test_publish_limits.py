"""Files and streams that never end, unpack a thousandfold, or nest without end: one sentence, little memory."""

import gzip
import io
import json
import os
import resource
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pytest

from operations.event_lines import read_events
from operations.publish import publish_events
from schemas.input_limits import COLUMNS, LINE_BYTES, LINES, SECRET_BYTES, VALUES
from tests.builders import ORDER_ID, STORE_ID, placed
from tests.cli.conftest import Shell
from tests.harness import event_of

MEMORY = 1024 * 1024 * 1024
"""Bytes that a command may need."""

HEADER = b"amazon-order-id,purchase-date,order-status,fulfillment-channel,sales-channel,sku,quantity\n"
REPORT = ("publish", "--from", "all-orders-report")
ORDERS = ("publish", "--from", "amazon-order")
NOTIFICATIONS = ("publish", "--from", "amazon-notification")
PRODUCTS = ("products", "import")


def bomb(unit: bytes, size: int) -> bytes:
    """A file of gzip that unpacks to so many bytes."""
    packer = zlib.compressobj(wbits=31)
    chunk = unit * (1024 * 1024 // len(unit))
    return b"".join(packer.compress(chunk) for _ in range(size // len(chunk))) + packer.flush()


class Attack(NamedTuple):
    """A command, a file for it, made when it is needed, and a part of the sentence that refuses it."""

    words: tuple[str, ...]
    file: Callable[[], bytes] | str
    sentence: str


ATTACKS = {
    "endless line of events": Attack(("publish",), "/dev/zero", "Line 1 does not end within"),
    "endless orders": Attack(ORDERS, "/dev/zero", "The file has more than 67,108,864 bytes"),
    "endless notifications": Attack(NOTIFICATIONS, "/dev/zero", "The file has more than 67,108,864 bytes"),
    "endless report": Attack(REPORT, "/dev/zero", "The file has more than 134,217,728 bytes"),
    "endless address": Attack(
        ("orders", "edit-address", ORDER_ID, "--file"),
        "/dev/zero",
        "The file has more than 65,536 bytes",
    ),
    "endless products": Attack(PRODUCTS, "/dev/zero", "The row that reaches line 1 has more than"),
    "gzip of zeros": Attack(REPORT, lambda: bomb(b"\0", 160 * 1024**2), "more than 134,217,728 bytes unpacked"),
    "gzip of line ends": Attack(REPORT, lambda: bomb(b"\n", 2 * LINES), "more than 1,000,000 lines"),
    "gzip of tabs": Attack(REPORT, lambda: bomb(b"\t", 64 * LINE_BYTES), "more than 1,048,576 characters"),
    "gzip in gzip": Attack(REPORT, lambda: gzip.compress(bomb(b"\0", 1024**2)), "within that compressed with gzip"),
    "many gzip members": Attack(REPORT, lambda: gzip.compress(b"") * 100_000, "more than 100 parts"),
    "gzip for orders": Attack(
        ORDERS, lambda: bomb(b"\0", 160 * 1024**2), "The file is compressed with gzip; unpack it"
    ),
    "gzip for events": Attack(("publish",), lambda: bomb(b"\0", 1024**2), "The file is compressed with gzip; unpack"),
    "long header": Attack(REPORT, lambda: b"x" * 2 * LINE_BYTES, "more than 1,048,576 characters"),
    "many columns": Attack(REPORT, lambda: HEADER.strip() + b",x" * COLUMNS, "more than 1,000 columns"),
    "row without end": Attack(REPORT, lambda: HEADER + b'"\n",' * 300_000, "more than 1,048,576 characters"),
    "cells without end": Attack(REPORT, lambda: HEADER + b"," * 8 * LINE_BYTES, "more than 1,048,576 characters"),
    "text without end": Attack(ORDERS, lambda: b'{"a":"' + b"x" * 16 * LINE_BYTES, "Unterminated string"),
    "values without end": Attack(ORDERS, lambda: b'{"a":[' + b"[]," * VALUES, "more than 5,000,000 values"),
    "deep orders": Attack(ORDERS, lambda: b'{"a":[' * 100_000, "Nested more than 32 levels deep"),
    "deep lines": Attack(ORDERS, lambda: b'{"a":\n' * 100_000, "Nested more than 32 levels deep"),
    "deep array": Attack(NOTIFICATIONS, lambda: b'[{"a":[\n' * 100_000, "Nested more than 32 levels deep"),
    "deep event": Attack(("publish",), lambda: b'{"type":' * 100_000, "recursion limit exceeded"),
    "deep product": Attack(PRODUCTS, lambda: b'{"sku":' * 100_000, "Not a JSON object on one line"),
    "huge number": Attack(ORDERS, lambda: b'{"a":' + b"1" * 10_000_000 + b"}", "Exceeds the limit"),
    "long header of products": Attack(PRODUCTS, lambda: b"sku," + b"x" * 200_000, "The first line"),
    "many columns of products": Attack(PRODUCTS, lambda: b"sku" + b",x" * COLUMNS, "more than 1,000 columns"),
    "row of products without end": Attack(PRODUCTS, lambda: b"sku,name\n" + b'"\n",' * 300_000, "The row that reaches"),
    "odd column of products": Attack(PRODUCTS, lambda: b"sku," + b"x" * 100_000, "rename or remove it"),
    "odd field of a product": Attack(PRODUCTS, lambda: b'{"sku":"A","%s":1}' % (b"x" * 100_000), "not permitted"),
}


@contextmanager
def little_memory() -> Iterator[None]:
    """Let this process have a gigabyte more than it has."""
    has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (has + MEMORY, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_hostile_file_is_refused_in_one_sentence(shell: Shell, tmp_path: Path, attack: Attack) -> None:
    shell.ok("stores", "add", STORE_ID)
    path = Path(attack.file) if isinstance(attack.file, str) else tmp_path / "file"
    if not isinstance(attack.file, str):
        path.write_bytes(attack.file())
    with little_memory():
        answer = shell.run(*attack.words, str(path))
    assert (answer.code, attack.sentence in answer.err) == (1, True), answer.err[-2000:]
    assert max(map(len, answer.err.splitlines())) < 500


def test_a_stream_is_read_to_its_end_and_a_broken_part_of_it_stops_no_other(shell: Shell, tmp_path: Path) -> None:
    shell.ok("stores", "add", STORE_ID)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    events = [json.dumps({"type": "order.placed", "data": event_of(placed())["data"]}).encode()]
    lines = [b"x" * (3 * LINE_BYTES), *events, b'{"type":' * 1000, b"[" * 1000, *events]
    writer = Thread(target=fifo.write_bytes, args=(b"\n".join(lines),))
    writer.start()
    answer = shell.run("publish", str(fifo), "--json")
    writer.join()
    assert [refused["line"] for refused in answer.json["refused"]] == [1, 3, 4]
    assert (answer.code, answer.json["published"]) == (1, 2)


def test_refused_lines_beyond_those_that_are_listed_are_counted(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.publish.REFUSALS", 3)
    answer = shell.run("publish", "-", "--json", text="x\n" * 10)
    assert (len(answer.json["refused"]), answer.json["refused_count"]) == (3, 10)
    assert answer.json["remarks"] == ["The first 3 of 10 refused lines are listed."]


def test_large_events_are_published_in_smaller_batches(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []
    monkeypatch.setattr("operations.publish.BATCH_BYTES", 1000)
    line = json.dumps({"type": "order.placed", "data": event_of(placed())["data"]}).encode()
    publish_events(read_events(io.BytesIO(b"\n".join([line] * 6))), lambda batch: batches.append(len(batch)), print)
    assert len(line) < 1000
    assert max(batches) <= 1000 // len(line) + 1


@pytest.mark.parametrize("kind", ["fifo", "endless", "large", "folder"])
def test_a_key_file_that_is_no_small_file_is_refused(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = tmp_path / "key"
    if kind == "fifo":
        os.mkfifo(path, 0o600)
    elif kind == "large":
        path.write_bytes(b"x" * (SECRET_BYTES + 1))
        path.chmod(0o600)
    elif kind == "folder":
        path.mkdir(0o700)
    monkeypatch.setenv("CROSSDOCK_VAULT_KEY_FILE", "/dev/zero" if kind == "endless" else str(path))
    answer = shell.run("orders", "list")
    assert (answer.code, answer.err.count("\n")) == (2, 1)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/proc/self/cmdline"])
@pytest.mark.parametrize("parameter", ["cacertfile", "certfile", "keyfile"])
def test_a_certificate_that_is_no_regular_file_is_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, path: str, parameter: str
) -> None:
    other = f"&certfile={__file__}" if parameter == "keyfile" else ""
    monkeypatch.setenv("CROSSDOCK_BROKER_URL", f"amqps://a:b@127.0.0.1:1/?{parameter}={path}{other}")
    with little_memory():
        answer = shell.run("topology", "check")
    assert (answer.code, "a TLS file cannot be used" in answer.err, answer.err.count("\n")) == (2, True, 1)
