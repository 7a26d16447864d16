"""Requests and answers held against a description of an API.

A description is a JSON file. Of each call it has the types of path, query and body, and the type of the answer for each
status; of each type the required fields, and the fields by type. A type is a name, `[type]` for a list, `=A|B` for one
of some words, or one of `SIMPLE`. A field or query parameter that is not described is an error here, though not in JSON
Schema: a misspelt one would be ignored by the real system, or answered with an internal error.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

SIMPLE: dict[str, tuple[type, ...]] = {
    "number": (int, float),
    "integer": (int,),
    "string": (str,),
    "time": (str,),
    "boolean": (bool,),
    "object": (dict, str, list),
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Description:
    """One API's description. Its methods return a sentence for each difference."""

    def __init__(self, path: Path, beyond: frozenset[str] = frozenset()) -> None:
        """Read the file; *beyond* are query parameters that are documented elsewhere."""
        document = json.loads(path.read_text())
        self._calls: dict[str, dict[str, Any]] = document["calls"]
        self._types: dict[str, dict[str, Any]] = document["types"]
        self._beyond = beyond

    def request(self, method: str, target: str, payload: bytes = b"") -> list[str]:
        """Hold a request against the description; *target* is the path with its query."""
        path, _, query = target.partition("?")
        described = self._find(method, path)
        if described is None:
            return [f"{method} {path} is not described"]
        call, values = described
        pairs = parse_qsl(query, keep_blank_values=True)
        body = json.loads(payload) if payload else None
        problems = [*self._path(call, values), *self._query(call, pairs), *self._body(call, body)]
        return [f"{method} {path}: {problem}" for problem in problems]

    def answer(self, method: str, target: str, status: int, payload: bytes) -> list[str]:
        """Hold an answer against the description of its call."""
        path = target.partition("?")[0]
        described = self._find(method, path)
        kinds = {
            s: kind
            for kind, statuses in (described[0]["answers"] if described else {}).items()
            for s in statuses.split()
        }
        if str(status) not in kinds:
            return [f"{method} {path}: an answer {status} is not described"]
        kind = kinds[str(status)]
        if not kind:
            return [f"{method} {path}: an answer {status} has no body"] if payload else []
        return [f"{method} {path} {status}: {problem}" for problem in self._wrong(json.loads(payload), kind, "answer")]

    def _find(self, method: str, path: str) -> tuple[dict[str, Any], dict[str, str]] | None:
        for call, described in self._calls.items():
            verb, _, pattern = call.partition(" ")
            names = re.findall(r"\{(\w+)\}", pattern)
            match = re.fullmatch(re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(pattern)), path)
            if verb == method and match:
                return described, dict(zip(names, map(unquote, match.groups()), strict=True))
        return None

    def _path(self, call: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[str]:
        for name, kind in call.get("path", {}).items():
            if kind == "integer" and not values[name].isdigit():
                yield f"{name} is no number"

    def _query(self, call: Mapping[str, Any], pairs: list[tuple[str, str]]) -> Iterator[str]:
        described = call.get("query", {})
        kinds = described if isinstance(described, dict) else dict.fromkeys(described, "string")
        kinds_by_name = {_indexed(name): kind for name, kind in kinds.items()}
        for name in call.get("required", ()):
            if name not in dict(pairs):
                yield f"query {name} is missing"
        for name, value in pairs:
            if _indexed(name) in kinds_by_name:
                yield from self._wrong(
                    _parsed(value, kinds_by_name[_indexed(name)]), kinds_by_name[_indexed(name)], f"query {name}"
                )
            elif name not in self._beyond:
                yield f"query {name} is not described"

    def _body(self, call: Mapping[str, Any], body: Any) -> Iterator[str]:
        if "body" in call:
            yield from self._wrong({} if body is None else body, call["body"], "body")
        elif body is not None:
            yield "no body is described"

    def _wrong(self, value: Any, kind: str, where: str) -> Iterator[str]:
        if kind.startswith("["):
            if not isinstance(value, list):
                yield f"{where} is no list"
                return
            for number, item in enumerate(value):
                yield from self._wrong(item, kind[1:-1], f"{where}.{number}")
        elif kind.startswith("="):
            if value not in kind[1:].split("|"):
                yield f"{where} is none of {kind[1:]}"
        elif kind in SIMPLE:
            if not _is_simple(value, kind):
                yield f"{where} is no {kind}"
        else:
            yield from self._wrong_object(value, self._types[kind], where)

    def _wrong_object(self, value: Any, described: Mapping[str, Any], where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where} is no object"
            return
        kinds = {name: kind for kind, names in described["fields"].items() for name in names.split()}
        for name in described["required"]:
            if name not in value:
                yield f"{where}.{name} is missing"
        for name, field in value.items():
            if name not in kinds:
                yield f"{where}.{name} is not described"
            else:
                yield from self._wrong(field, kinds[name], f"{where}.{name}")


def _indexed(name: str) -> str:
    return re.sub(r"\[\d+\]", "[N]", name)


def _parsed(value: str, kind: str) -> Any:
    """Return the value of a query parameter as its type has it; lists are separated by commas."""
    if kind.startswith("["):
        return [_parsed(part, kind[1:-1]) for part in value.split(",")]
    if kind == "integer":
        return int(value) if value.isdigit() else value
    if kind == "boolean":
        return {"true": True, "false": False}.get(value, value)
    return value


def _is_simple(value: Any, kind: str) -> bool:
    if kind == "time":
        return isinstance(value, str) and bool(TIME.fullmatch(value))
    return isinstance(value, SIMPLE[kind]) and (not isinstance(value, bool) or kind == "boolean")
