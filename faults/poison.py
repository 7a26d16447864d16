"""Poison messages of every kind: bodies that are no event, or none for the queue that they go to. Each is unique."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

SOURCE = "/poison"
SHIPPED = "commerce.shipped"


@dataclass(frozen=True, slots=True)
class Poison:
    """A body and its routing key. `identity` is (source, id) where the envelope can be read."""

    body: bytes
    routing_key: str = SHIPPED
    identity: tuple[str, str] | None = None
    headers: Mapping[str, object] = field(default_factory=dict)


def kinds(random: Random, count: int) -> Iterator[Poison]:
    """Yield *count* messages, each kind at least once if there are enough."""
    names = list(MAKERS)
    for number in range(count):
        name = names[number] if number < len(names) else random.choice(names)
        if name == "too big" and number >= len(names):
            name = "not JSON"  # a megabyte each would make a trial about little else
        yield MAKERS[name](number)


def _envelope(number: int, **changes: Any) -> dict[str, Any]:
    data = {"store_id": "poisoned", "amazon_order_id": "999-0000000-0000000"}
    envelope = {"specversion": "1.0", "id": f"poison-{number}", "source": SOURCE, "type": SHIPPED, "data": data}
    return {name: value for name, value in (envelope | changes).items() if value is not None}


def _fit(number: int, **changes: Any) -> Poison:
    envelope = _envelope(number, **changes)
    return Poison(json.dumps(envelope).encode(), identity=(SOURCE, envelope["id"]))


def _unreadable(number: int, **changes: Any) -> Poison:
    return Poison(json.dumps(_envelope(number, **changes)).encode())


def _nested(number: int) -> Poison:
    return Poison(b'{"number": %d, "data": ' % number + b"[" * 10_000 + b"]" * 10_000 + b"}")


def _many_headers(number: int) -> Poison:
    headers = {f"x-strange-{n}": "?" * 20 for n in range(300)}
    return Poison(b"strange %d" % number, headers=headers)


MAKERS: Mapping[str, Callable[[int], Poison]] = {
    "not JSON": lambda number: Poison(b"poison %d {" % number),
    "not UTF-8": lambda number: Poison(b'{"id": "\xff\xfe %d"}' % number),
    "empty but for spaces": lambda number: Poison(b" " * (number + 1)),
    "an array": lambda number: Poison(b"[%d]" % number),
    "a number": lambda number: Poison(b"%d" % number),
    "not a number": lambda number: Poison(b'{"id": NaN, "number": %d}' % number),
    "no id": lambda number: _unreadable(number, id=None, subject=f"poison-{number}"),
    "id of a wrong type": lambda number: _unreadable(number, id={"number": number}),
    "wrong specversion": lambda number: _unreadable(number, specversion="7.7"),
    "NUL": lambda number: _unreadable(number, id=f"poison\x00{number}"),
    "nested": _nested,
    "compressed": lambda number: Poison(gzip.compress(b"poison %d" % number)),
    "too big": lambda number: Poison(b'{"number": %d, "data": "' % number + b"x" * (1024 * 1024) + b'"}'),
    "300 headers": _many_headers,
    "unknown type": lambda number: _fit(number, type="order.exploded"),
    "type of another queue": lambda number: _fit(number, type="order.completed"),
    "unknown version": lambda number: _fit(number, dataschema="urn:crossdock:commerce.shipped:77"),
    "no data": lambda number: _fit(number, data=None),
    "data of a wrong type": lambda number: _fit(number, data="text"),
    "huge number": lambda number: _fit(number, data={"store_id": 10**400}),
    "unrouted": lambda number: Poison(b"unroutable %d" % number, routing_key="order.exploded"),
}
"""Each kind by name, made from a number that is unique in the trial."""
