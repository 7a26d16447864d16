"""JSON by paths: data.items.0.quantity names a field; two documents differ at paths."""

import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from operations.errors import EditRefusedError


def read_json(body: bytes | str) -> Any:
    """Return what a body says, NaN and Infinity included: they are there to be mended. Raises ValueError."""
    return from_json(body.removeprefix(BOM_UTF8) if isinstance(body, bytes) else body)


def write_json(document: Any) -> bytes:
    """Write a body. Raises EditRefusedError for what Python holds and no reader of JSON would take."""
    try:
        return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:
        what = "holds a number that JSON does not know (NaN, Infinity, 1e999)"
    except RecursionError:
        what = "is nested too deep"
    raise EditRefusedError(f"The edited message {what}; nothing was changed.")


_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs: added, removed or changed, and its values as JSON."""

    path: str
    what: str
    before: str = ""
    after: str = ""


def set_field(document: Any, path: str, text: str) -> None:
    """Set a field. Text stays text; where none stood, *text* is read as JSON if it is some.

    Objects on the way are made. Raises EditRefusedError where the path leads nowhere.
    """
    *way, last = path.split(".")
    place = document
    for name in way:
        if isinstance(place, dict):
            place.setdefault(name, {})
        place = _enter(place, name, path)
    before = place.get(last, _ABSENT) if isinstance(place, dict) else _enter(place, last, path)
    value = text if isinstance(before, str) else _read(text)
    place[last if isinstance(place, dict) else int(last)] = value


def _enter(place: Any, name: str, path: str) -> Any:
    if isinstance(place, dict):
        return place[name]
    if isinstance(place, list) and name in map(str, range(len(place))):
        return place[int(name)]
    raise EditRefusedError(f"The message has no place {path}: {name} leads nowhere. Nothing was changed.")


def _read(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        return text


def changes(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Return the fields in which two documents differ, as deep inside as they can be told."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*before, *(name for name in after if name not in before)]
        for name in names:
            yield from _field(before.get(name, _ABSENT), after.get(name, _ABSENT), _join(path, name))
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            yield from _field(_at(before, place), _at(after, place), _join(path, str(place)))
    elif type(before) is not type(after) or before != after:
        yield Change(path or "the whole", "changed", _dump(before), _dump(after))


def _field(before: Any, after: Any, path: str) -> Iterator[Change]:
    if before is _ABSENT:
        yield Change(path, "added", after=_dump(after))
    elif after is _ABSENT:
        yield Change(path, "removed", before=_dump(before))
    else:
        yield from changes(before, after, path)


def _at(values: list[Any], place: int) -> Any:
    return values[place] if place < len(values) else _ABSENT


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
