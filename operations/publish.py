"""Publishing events from a file: read line by line, sent in batches; what is refused is told by its line."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO
from uuid import uuid5

from pydantic_core import from_json

from events.envelope import HARD_LIMIT, NAMESPACE, decode
from events.errors import InvalidEventError, UnreadableMessageError
from events.registry import NAMES, urn
from gateways.amazon.results import Notice, ParsedReport, SkippedLine
from schemas.message import Message

SOURCE = "/crossdock/publish"

BATCH = 500

_ONE_LINE_EACH = (
    "Each event takes one line; nothing was published. `jq -c . FILE` writes them so, `jq -c '.[]' FILE` those of an"
    " array."
)

Publish = Callable[[Sequence[Message]], None]


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that is no event, and why."""

    line: int
    reason: str


@dataclass(slots=True)
class Published:
    """What became of a file: events published, lines refused, remarks, and the orders that the events are about."""

    published: int = 0
    refused: list[RefusedLine] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    orders: set[str] = field(default_factory=set)


def publish_all(
    found: Iterable[Message | RefusedLine | Notice], publish: Publish, done: Published, show: Callable[[int], None]
) -> None:
    """Publish what was found, in batches, in order, counting in *done* and showing the count."""
    batch: list[Message] = []
    for one in found:
        if isinstance(one, RefusedLine):
            done.refused.append(one)
            continue
        if isinstance(one, Notice):
            done.remarks.append(one.text)
            continue
        batch.append(one)
        if len(batch) == BATCH:
            _send(batch, publish, done)
            show(done.published)
    if batch:
        _send(batch, publish, done)


def _send(batch: list[Message], publish: Publish, done: Published) -> None:
    publish(batch)
    done.published += len(batch)
    done.orders.update(message.order_id for message in batch if message.order_id)
    batch.clear()


def read_events(file: BinaryIO) -> Iterator[Message | RefusedLine]:
    """Read JSON lines: a full CloudEvent, which is passed on as it is, or `{"type": …, "data": …}`."""
    for number, line in _lines(file):
        if isinstance(line, RefusedLine):
            yield line
        elif number == 1 and _is_laid_out(line.strip()):
            yield RefusedLine(1, _ONE_LINE_EACH)
            return
        elif text := line.strip():
            yield _event(text, number)


def events_of(found: Iterable[ParsedReport | SkippedLine | Notice]) -> Iterator[Message | RefusedLine | Notice]:
    """Return what the readers of Amazon's own shapes found as events; the same input makes the same ids."""
    for one in found:
        if isinstance(one, SkippedLine):
            yield RefusedLine(one.line, one.reason)
        elif isinstance(one, Notice):
            yield one
        else:
            yield _sealed(one)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | RefusedLine]]:
    """Yield lines with their numbers; of one that is too long only so much is ever held."""
    number = 0
    while line := file.readline(HARD_LIMIT + 2):
        number += 1
        whole = line.endswith(b"\n") or len(line) < HARD_LIMIT + 2
        if whole:
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            continue
        while (rest := file.readline(HARD_LIMIT)) and not rest.endswith(b"\n"):
            pass
        yield number, RefusedLine(number, f"The line has more than {HARD_LIMIT:,} bytes; at most so many are taken.")


def _is_laid_out(text: bytes) -> bool:
    """Tell whether a file whose first line this is holds an array, or an event as people lay it out.

    A first line that is merely cut off costs itself only.
    """
    return text == b"{" or text.startswith(b"[")


def _event(text: bytes, line: int) -> Message | RefusedLine:
    try:
        short = _short(text)
        return _opened(_wrapped(*short) if short else text)
    except (UnreadableMessageError, InvalidEventError) as error:
        return RefusedLine(line, str(error))
    except ValueError:
        return RefusedLine(line, "A number in the data is too great to be passed on, such as 1e999; correct it.")


def _short(text: bytes) -> tuple[str, Any] | None:
    """Return type and data when the line says nothing else; the envelope's reader judges all others."""
    try:
        read = from_json(text, allow_inf_nan=False)
    except ValueError:
        return None
    if isinstance(read, dict) and set(read) == {"type", "data"} and isinstance(read["type"], str):
        return read["type"], read["data"]
    return None


def _wrapped(name: str, data: Any) -> bytes:
    """Put an envelope around data. Its id is made of what it says, so that a file published twice doubles nothing.

    Raises ValueError for a number that was read as infinite: written again, it would be no JSON.
    """
    said = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return _envelope(name, str(uuid5(NAMESPACE, f"publish/{name}/{said}")), data)


def _sealed(read: ParsedReport) -> Message | RefusedLine:
    data = read.payload.model_dump(mode="json", exclude_none=True)
    try:
        return _opened(_envelope(NAMES[type(read.payload)], read.identity, data))
    except (UnreadableMessageError, InvalidEventError) as error:
        return RefusedLine(read.line, f"Order {read.payload.amazon_order_id}: {error}")


def _envelope(name: str, event_id: str, data: Any) -> bytes:
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": name,
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "dataschema": urn(name),
        "data": data,
    }
    return json.dumps(attributes, separators=(",", ":")).encode()


def _opened(body: bytes) -> Message:
    """Return the message of a body. Raises UnreadableMessageError, UnfitMessageError when it is no event of ours."""
    event = decode(Message("", "", body))
    order_id = event.order[1] if event.order else None
    return event.message._replace(id=event.id, name=event.name, order_id=order_id, key=event.key)
