"""Requests held against Adobe's OpenAPI description of Commerce 2.4.9, of the calls that Crossdock makes.

`adobe_description.json` has, of each call, the path's parameters, the query's names and the type of the body; of each
type its required fields and its fields by type. A field that a type does not have is an error here, though not in JSON
Schema: Commerce answers it with an internal error.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from gateways.simulator.traffic import HttpRequest

DESCRIPTION = json.loads(Path(__file__).with_name("adobe_description.json").read_text())
DESCRIPTION["calls"]["POST /V1/crossdock/orders"] = {"body": "module"}
"""The call of a shop's own module, which is described in docs/connect-commerce.md: an order as Adobe describes it."""

DESCRIPTION["types"]["module"] = {
    "required": ["entity", "reserve", "new_customer"],
    "fields": {"sales-data-order": "entity", "boolean": "reserve new_customer"},
}
SIMPLE = {"number": (int, float), "integer": (int,), "string": (str,), "boolean": (bool,), "object": (dict, str, list)}
BEYOND = {"fields"}
"""Query parameters that Commerce documents outside the description: which fields it answers with."""


def violations(request: HttpRequest) -> list[str]:
    """Return how a request differs from the description."""
    path, _, query = request.target.partition("?")
    below = path[path.index("/V1/") :]
    for call, described in DESCRIPTION["calls"].items():
        method, _, pattern = call.partition(" ")
        if method == request.method and (found := _match(pattern, below)):
            return [f"{call}: {problem}" for problem in _violations(request, described, found, query)]
    return [f"{request.method} {below} is not described"]


def _match(pattern: str, path: str) -> dict[str, str] | None:
    names = re.findall(r"\{(\w+)\}", pattern)
    found = re.fullmatch(re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(pattern)), path)
    return {"": "", **dict(zip(names, map(unquote, found.groups()), strict=True))} if found else None


def _violations(request: HttpRequest, described: dict[str, Any], found: dict[str, str], query: str) -> Iterator[str]:
    for name, kind in described.get("path", {}).items():
        if kind == "integer" and not found[name].isdigit():
            yield f"{name} is no number"
    known = {re.sub(r"\[0\]", "[N]", name) for name in described.get("query", [])}
    for name, _ in parse_qsl(query, keep_blank_values=True):
        if re.sub(r"\[\d+\]", "[N]", name) not in known and name not in BEYOND:
            yield f"query {name} is not described"
    body = json.loads(request.body) if request.body else None
    if body is not None and "body" not in described:
        yield "no body is described"
    elif "body" in described:
        yield from _wrong(body if body is not None else {}, described["body"], "body")


def _wrong(value: Any, kind: str, where: str) -> Iterator[str]:
    if kind.startswith("["):
        if not isinstance(value, list):
            yield f"{where} is no list"
            return
        for number, one in enumerate(value):
            yield from _wrong(one, kind[1:-1], f"{where}.{number}")
    elif kind in SIMPLE:
        if not isinstance(value, SIMPLE[kind]) or (isinstance(value, bool) and kind != "boolean"):
            yield f"{where} is no {kind}"
    else:
        yield from _wrong_object(value, DESCRIPTION["types"][kind], where)


def _wrong_object(value: Any, described: dict[str, Any], where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is no object"
        return
    types = {name: kind for kind, names in described["fields"].items() for name in names.split()}
    for name in described["required"]:
        if name not in value:
            yield f"{where}.{name} is missing"
    for name, one in value.items():
        if name not in types:
            yield f"{where}.{name} is not described"
        else:
            yield from _wrong(one, types[name], f"{where}.{name}")
