"""Bad input: one dead letter each with the reason in a sentence, the neighbours unharmed, the process alive."""

import base64
import bz2
import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from events.envelope import HARD_LIMIT
from events.large_bodies import KEPT_BYTES
from schemas.dead_letters import DeadLetter, DeadLetterType, LetterFilter
from tests.builders import placed
from tests.harness import Pipeline, event_of, eventually, message_of, opened_parts

NAME = "order.placed"
BEFORE, AFTER = "111-0000000-0000001", "111-0000000-0000002"
BAD = "111-0000000-0000666"


def event(changes: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    """A good event but for one change in the envelope or in the data."""
    document = event_of(placed(amazon_order_id=BAD), "upstream-1") | (changes or {})
    return document | {"data": document["data"] | data}


def lacking(*path: str) -> dict[str, Any]:
    """The event without one field."""
    document = event()
    place = document
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return document


def an_item(**facts: Any) -> dict[str, Any]:
    """One line of an order that would be good but for these facts."""
    return {"order_item_id": "1", "seller_sku": "SKU-1", "quantity": 1} | facts


def with_item(**facts: Any) -> dict[str, Any]:
    """The event of an order with one line."""
    return event(items=[an_item(**facts)])


def body(document: dict[str, Any]) -> bytes:
    """Return it as JSON."""
    return json.dumps(document, ensure_ascii=False).encode()


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"{not json", "is not JSON"),
    "empty": (b"", "is not JSON"),
    "not an object": (b"[1, 2]", "not an object"),
    "not UTF-8": (body(event()).replace(b"SKU-1", b"SKU-\xff"), "is not JSON in UTF-8"),
    "half a surrogate": (body(event()).replace(b"SKU-1", b"\\ud800"), "is not JSON in UTF-8"),
    "a raw NUL": (body(event()).replace(b"SKU-1", b"SKU-\x00"), "is not JSON in UTF-8"),
    "nesting 10,000 deep": (body(event()).replace(b'"SKU-1"', b"[" * 10_000 + b"]" * 10_000), "recursion limit"),
    "2 MiB of body": (body(with_item(title="x" * 2 * 1024 * 1024)), "at most 1,048,576"),
    "gzip": (gzip.compress(body(event())), "is compressed with gzip; publish events as plain JSON"),
    "zlib": (zlib.compress(body(event())), "is compressed with zlib"),
    "bzip2": (bz2.compress(body(event())), "is compressed with bzip2"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(20), "is compressed with zstd"),
    "Base64": (base64.encodebytes(body(event())), "is written as Base64"),
    "Base64 of gzip": (base64.urlsafe_b64encode(gzip.compress(body(event()))), "with gzip and written as Base64"),
    "Base64 in JSON": (json.dumps(base64.b64encode(body(event())).decode()).encode(), "is written as Base64"),
    "no type": (body(lacking("type")), "type: Field required"),
    "no id": (body(lacking("id")), "id: Field required"),
    "no source": (body(lacking("source")), "source: Field required"),
    "another specversion": (body(event({"specversion": "0.3"})), "0.3"),
    "a NUL in its id": (body(event({"id": "a\x00b"})), "id: "),
}

UNFIT: dict[str, tuple[bytes, str]] = {
    "an unknown type": (body(event({"type": "order.plcaed"})), '"order.plcaed" is not known'),
    "a known type in the wrong queue": (body(event({"type": "order.status_changed"})), "takes order.placed"),
    "an unknown version": (body(event({"dataschema": "urn:crossdock:order.placed:9"})), "order.placed:9' is not known"),
    "a NUL in its schema": (body(event({"dataschema": "urn:crossdock:\x00"})), "is not known"),
    "no data": (body(lacking("data")), "data of order.placed is wrong"),
    "a missing field": (body(lacking("data", "purchase_date")), "purchase_date: Field required"),
    "a wrong order id": (body(event(amazon_order_id="666")), "amazon_order_id: "),
    "a wrong status": (body(event(status="Lost")), "status: "),
    "a date that is none": (body(event(purchase_date="yesterday")), "purchase_date: "),
    "a date without a zone": (body(event(purchase_date="2026-05-04T12:00:00")), "purchase_date: "),
    "an amount that is no number": (
        body(event(order_total={"currency": "USD", "amount": "ten"})),
        "order_total.amount: ",
    ),
    "an amount without end": (body(event(order_total={"currency": "USD", "amount": "Infinity"})), "order_total.amount"),
    "a quantity of 0": (body(with_item(quantity=0)), "quantity of 0"),
    "a quantity below 0": (body(with_item(quantity=-1)), "items.0.quantity: "),
    "a quantity of 10^12": (body(with_item(quantity=10**12)), "items.0.quantity: "),
    "a quantity that is no number": (body(with_item(quantity="many")), "items.0.quantity: "),
    "a NUL in a field": (body(with_item(seller_sku="SKU\x00")), "items.0.seller_sku: "),
    "no items": (body(event(items=[])), "items: "),
    "two lines with one id": (body(event(items=[an_item(), an_item()])), "same order_item_id"),
}

KINDS = {
    **{kind: (DeadLetterType.UNREADABLE, *rest) for kind, rest in UNREADABLE.items()},
    **{kind: (DeadLetterType.FAILED, *rest) for kind, rest in UNFIT.items()},
}


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Pipeline]:
    """The pipeline in memory."""
    urls = ("memory://", f"sqlite:///{tmp_path / 'crossdock.db'}")
    with opened_parts(*urls) as parts, closing(Pipeline(parts)) as opened:
        yield opened


def a_neighbour(amazon_order_id: str) -> bytes:
    """A good event."""
    return body(event_of(placed(amazon_order_id=amazon_order_id)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_message_is_one_dead_letter_and_its_neighbours_are_handled(embedded: Pipeline, kind: str) -> None:
    letter_type, bad, reason = KINDS[kind]
    embedded.publish([message_of(one, NAME) for one in (a_neighbour(BEFORE), bad, a_neighbour(AFTER))])
    embedded.drain()
    (letter,) = embedded.letters()
    assert (letter.letter_type, letter.consumer, letter.attempts) == (letter_type, "order-placed", 1)
    assert reason in letter.reason
    assert letter.reason.endswith((".", '"'))
    assert len(letter.reason) < 500
    assert embedded.order(BEFORE).amazon_order_id == BEFORE
    assert embedded.order(AFTER).amazon_order_id == AFTER
    with embedded.ledger.read() as work:
        assert work.orders.find(BAD) is None
        kept = bad if len(bad) <= HARD_LIMIT else bad[:KEPT_BYTES]  # of a larger one nobody needs the rest
        assert work.dead_letters.message(letter.id).body == kept


@pytest.mark.on_servers
def test_all_bad_messages_in_one_batch_are_a_dead_letter_each(pipeline: Pipeline) -> None:
    bad = [one for _, one, _ in KINDS.values()]
    pipeline.publish([message_of(one, NAME) for one in (a_neighbour(BEFORE), *bad, a_neighbour(AFTER))])
    # Many have one id: none of them vanishes as a repeat of another.
    eventually(lambda: len(letters_of(pipeline)) == len(KINDS), "each is a dead letter")
    pipeline.drain()
    assert pipeline.order(BEFORE).amazon_order_id == BEFORE
    assert pipeline.order(AFTER).amazon_order_id == AFTER


@pytest.mark.on_servers
def test_a_bad_message_that_comes_again_is_still_one_letter(pipeline: Pipeline) -> None:
    for times in (1, 2):
        pipeline.publish([message_of(UNREADABLE["not JSON"][0], NAME), message_of(UNFIT["no data"][0], NAME)])
        expected = {DeadLetterType.UNREADABLE: times, DeadLetterType.FAILED: 1}
        eventually(partial(has_attempts, pipeline, expected), "both are dead letters")


def has_attempts(pipeline: Pipeline, expected: dict[DeadLetterType, int]) -> bool:
    return {letter.letter_type: letter.attempts for letter in letters_of(pipeline)} == expected


def letters_of(pipeline: Pipeline) -> list[DeadLetter]:
    """Handle messages, as long as some are seen in the queues; return all letters."""
    pipeline.drain()
    with pipeline.ledger.read() as work:
        return work.dead_letters.latest(LetterFilter(), limit=1000)


@pytest.mark.on_servers
def test_an_id_that_two_systems_use_is_two_events(pipeline: Pipeline) -> None:
    events = [event_of(placed(amazon_order_id=one), "1") | {"source": one} for one in (BEFORE, AFTER)]
    pipeline.publish([message_of(body(one), NAME) for one in events])
    pipeline.drain()
    assert {pipeline.order(one).amazon_order_id for one in (BEFORE, AFTER)} == {BEFORE, AFTER}
