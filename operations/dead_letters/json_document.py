"""JSON bodies: read, write, set a field by its path (data.items.0.quantity), list the paths that differ."""

import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import Any, Literal

from pydantic_core import from_json

from operations.errors import EditRefusedError
from schemas.input_limits import LINE_BYTES
from schemas.packed_data import packing_of, unpacked
from schemas.value import Value


def read_json(body: bytes | str) -> Any:
    """Return the document of a body; NaN and Infinity are allowed, so that they can be corrected. Raises ValueError."""
    return from_json(body.removeprefix(BOM_UTF8) if isinstance(body, bytes) else body)


def write_json(document: Any) -> bytes:
    """Return a document as a body. Raises EditRefusedError for values that Python has and JSON has not."""
    try:
        return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:
        what = "holds a number that JSON does not know (NaN, Infinity, 1e999)"
    except RecursionError:
        what = "is nested too deep"
    raise EditRefusedError(f"The edited message {what}; nothing was changed.")


_ABSENT = object()


class FieldChange(Value):
    """A field that differs between two documents, and its values as JSON; "" where it is absent."""

    path: str
    what: Literal["added", "removed", "changed"]
    before: str = ""
    after: str = ""


def set_field(document: Any, path: str, text: str) -> None:
    """Set a field. A text field takes *text* as it is; another field takes it parsed as JSON, if it is JSON.

    Missing objects on the path are created. Raises EditRefusedError where the path does not exist.
    """
    *parents, last = path.split(".")
    node = document
    for name in parents:
        if isinstance(node, dict):
            node.setdefault(name, {})
        node = _child(node, name, path)
    before = node.get(last, _ABSENT) if isinstance(node, dict) else _child(node, last, path)
    value = text if isinstance(before, str) else _read(text)
    node[last if isinstance(node, dict) else int(last)] = value


def _child(node: Any, name: str, path: str) -> Any:
    if isinstance(node, dict):
        return node[name]
    if isinstance(node, list) and name in map(str, range(len(node))):
        return node[int(name)]
    raise EditRefusedError(f"The message has no field {path}: {name} does not exist. Nothing was changed.")


def _read(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        return text


def changes(before: Any, after: Any, path: str = "") -> Iterator[FieldChange]:
    """Return the fields in which two documents differ, by the longest paths."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*before, *(name for name in after if name not in before)]
        for name in names:
            yield from _field(before.get(name, _ABSENT), after.get(name, _ABSENT), _join(path, name))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from _field(_at(before, index), _at(after, index), _join(path, str(index)))
    elif type(before) is not type(after) or before != after:
        yield FieldChange(path=path or "the whole", what="changed", before=_dump(before), after=_dump(after))


def _field(before: Any, after: Any, path: str) -> Iterator[FieldChange]:
    if before is _ABSENT:
        yield FieldChange(path=path, what="added", after=_dump(after))
    elif after is _ABSENT:
        yield FieldChange(path=path, what="removed", before=_dump(before))
    else:
        yield from changes(before, after, path)


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else _ABSENT


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def plain_body(body: bytes) -> bytes:
    """Return the body unpacked, if it is packed and can be unpacked to no more than a message may have."""
    return unpacked(body, LINE_BYTES) or body


def unpacking(body: bytes) -> Iterator[FieldChange]:
    """Return the change of a packed body to a plain one, which alone can be the correction."""
    if packing := packing_of(body):
        yield FieldChange(path="the whole", what="changed", before=packing, after="plain")


def refuse_packed(body: bytes) -> None:
    """Raise EditRefusedError for a body that is still packed."""
    if packing := packing_of(body):
        raise EditRefusedError(f"The message is {packing}, which cannot be undone here; give the whole message.")
