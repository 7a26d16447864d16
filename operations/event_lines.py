"""Events as JSON lines: full CloudEvents or type and data, read line by line."""

import json
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple
from uuid import uuid5

from pydantic_core import from_json

from events.envelope import HARD_LIMIT, NAMESPACE, Event, decode
from events.errors import InvalidEventError, UnreadableMessageError
from events.registry import INBOUND, NAMES, urn
from gateways.amazon.results import ParsedReport
from schemas.input_limits import SKIPPED_BYTES, InputLimitError
from schemas.message import Message
from schemas.packed_data import packing_of
from schemas.personal import person_of
from schemas.value import Value

SOURCE = "/crossdock/publish"

_ONE_LINE_EACH = (
    "Each event takes one line; nothing was published. `jq -c . FILE` writes them so, `jq -c '.[]' FILE` those of an"
    " array."
)


class RefusedLine(Value):
    """A line that is no event, by its number, counted from 1, and the reason."""

    line: int
    reason: str


class OfUnknownStore(NamedTuple):
    """An event of a store that does not exist, by its line."""

    line: int
    store_id: str


def read_events(
    file: BinaryIO, stores: Collection[str] | None = None
) -> Iterator[Message | RefusedLine | OfUnknownStore]:
    """Read JSON lines: a full CloudEvent, which is passed on unchanged, or `{"type": …, "data": …}`.

    Events of other stores than *stores* are unknown stores'; with None, of none.
    Raises InputLimitError for a line without end.
    """
    for number, line in _lines(file):
        if isinstance(line, RefusedLine):
            yield line
        elif number == 1 and (packing := packing_of(line)):
            yield RefusedLine(line=1, reason=f"The file is {packing}; unpack it first. Nothing was published.")
            return
        elif number == 1 and _is_multi_line(line.strip()):
            yield RefusedLine(line=1, reason=_ONE_LINE_EACH)
            return
        elif text := line.strip():
            yield _event(text, number, stores)


def event_of(report: ParsedReport) -> Message | RefusedLine:
    """Return one of Amazon's reports as an event; the same report makes the same event id."""
    data = report.payload.model_dump(mode="json", exclude_none=True)
    try:
        return _message(_decoded(_envelope(NAMES[type(report.payload)], report.identity, data)))
    except (UnreadableMessageError, InvalidEventError) as error:
        return RefusedLine(line=report.line, reason=f"Order {report.payload.amazon_order_id}: {error}")


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | RefusedLine]]:
    """Yield lines with their numbers; a line that is too long never lies in memory as a whole."""
    number = 0
    while line := file.readline(HARD_LIMIT + 2):
        number += 1
        is_whole = line.endswith(b"\n") or len(line) < HARD_LIMIT + 2
        if is_whole:
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            continue
        _skip_rest(file, number)
        yield number, RefusedLine(line=number, reason=f"The line has more than {HARD_LIMIT:,} bytes, the limit.")


def _skip_rest(file: BinaryIO, number: int) -> None:
    """Read up to the end of a line. Raises InputLimitError for one that may have none."""
    skipped = 0
    while (rest := file.readline(HARD_LIMIT)) and not rest.endswith(b"\n"):
        skipped += len(rest)
        if skipped > SKIPPED_BYTES:
            raise InputLimitError(
                f"Line {number} does not end within {SKIPPED_BYTES:,} bytes, so the rest is not read; an event takes"
                " one line. Events before it are published."
            )


def _is_multi_line(first: bytes) -> bool:
    """Whether a file with this first line is an array, or an event over several lines.

    A first line that is merely cut off is refused alone.
    """
    return first == b"{" or first.startswith(b"[")


def _event(text: bytes, line: int, stores: Collection[str] | None) -> Message | RefusedLine | OfUnknownStore:
    try:
        short = _type_and_data(text)
        event = _decoded(_wrapped(*short) if short else text)
        if stores is not None and event.order and event.order[0] not in stores:
            return OfUnknownStore(line, event.order[0])
        return _message(event)
    except (UnreadableMessageError, InvalidEventError) as error:
        return RefusedLine(line=line, reason=str(error))
    except ValueError:
        reason = "A number in the data is too great to be passed on, such as 1e999; correct it."
        return RefusedLine(line=line, reason=reason)


def _type_and_data(text: bytes) -> tuple[str, Any] | None:
    """Return type and data of a line that has nothing else; all others are whole envelopes, or wrong."""
    try:
        document = from_json(text, allow_inf_nan=False)
    except ValueError:
        return None
    if isinstance(document, dict) and set(document) == {"type", "data"} and isinstance(document["type"], str):
        return document["type"], document["data"]
    return None


def _wrapped(name: str, data: Any) -> bytes:
    """Put an envelope around data. Its id is derived from the data, so that a file published twice doubles nothing.

    Raises ValueError for a number that was read as infinite: written again, it would be no JSON.
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return _envelope(name, str(uuid5(NAMESPACE, f"publish/{name}/{text}")), data)


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


def _decoded(body: bytes) -> Event:
    """Return the event of a body. Raises UnreadableMessageError, InvalidEventError when it is no event of ours."""
    event = decode(Message("", "", body))
    if event.name not in INBOUND:
        reason = f"Only Crossdock publishes {event.name}; its commands have the same effect."
        raise InvalidEventError(reason, event.key, event.name, event.order)
    return event


def _message(event: Event) -> Message:
    order_id = event.order[1] if event.order else None
    person = person_of(event.name, event.order)
    return event.message._replace(id=event.id, name=event.name, order_id=order_id, key=event.key, person=person)
