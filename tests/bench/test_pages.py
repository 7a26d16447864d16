"""The benchmark of pages asks for every page of the console and every list of the API, with each of their filters."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from bench.page_addresses import LATE, PAGES, PLACES, addresses_of_api, reading_operations
from web import console

NOT_TIMED = {
    "/orders": "its filters are those of bench.order_lists",
    "/orders.csv": "an export of all orders",
    "/pipeline/stream": "has no end",
    "/replays/{replay_id}/events": "has no end",
    "/dead-letters/{letter_id}/edit": "shows a message, which the bench's letters do not have",
    "/sign-in/link/{secret}": "signs in",
    "/sign-in/oidc": "leads elsewhere",
    "/sign-in/oidc/callback": "leads elsewhere",
    "/sign-in/oidc/sign-out": "leads elsewhere",
}
NO_FILTERS = {"after", "personal"}
"""Where a page begins, which most lists have, and a look, which is recorded."""


@cache
def routes() -> Mapping[str, Any]:
    """Return the console's routes by path, as an OpenAPI document has them."""
    app = FastAPI()
    for subject in console.SUBJECTS:
        app.include_router(subject.router)
    return {path: methods["get"] for path, methods in app.openapi()["paths"].items() if "get" in methods}


PATHS = {
    route.path.replace(":path}", "}")
    for subject in console.SUBJECTS
    for route in subject.router.routes
    if isinstance(route, APIRoute) and "GET" in (route.methods or ())
}
"""The paths of the same routes, which tests are named by: the document costs 0.3 s in each process that collects."""


def timed(path: str) -> list[str]:
    """Return the timed addresses of a path."""
    pattern = re.compile(re.sub(r"\\{[^/]*\\}", "[^/]+", re.escape(path)))
    return [address for address in PAGES.values() if pattern.fullmatch(urlsplit(address).path)]


def parameters(addresses: list[str]) -> set[str]:
    return {name for address in addresses for name, _ in parse_qsl(urlsplit(address).query)}


@pytest.mark.parametrize("path", sorted(PATHS - NOT_TIMED.keys()))
def test_every_page_is_timed_with_each_parameter(path: str) -> None:
    known = {one["name"] for one in routes()[path].get("parameters", ()) if one["in"] == "query"}
    addresses = timed(path)
    assert addresses
    assert known - NO_FILTERS <= parameters(addresses)


def test_every_route_is_looked_at() -> None:
    assert routes().keys() == PATHS


def test_pages_that_are_not_timed_exist() -> None:
    assert NOT_TIMED.keys() <= routes().keys()


def test_every_list_and_filter_of_the_api_is_timed() -> None:
    addresses = addresses_of_api()
    for name, path, known in reading_operations():
        of_path = [address for address in addresses.values() if urlsplit(address).path == path]
        assert addresses[name] == path
        assert set(known) - set(PLACES) <= parameters(of_path)
    assert {"listOrders", "listDeadLetters", "listProducts", "listAudit", "showPipeline"} <= addresses.keys()


def test_every_list_is_timed_in_its_middle() -> None:
    lists = {name for name, _, known in reading_operations() if "cursor" in known} - {"listOrders"}
    addresses = " ".join(addresses_of_api().values())
    late = {name for name in lists if LATE % name in addresses}
    assert late == lists
