"""Every request that the clients can send is as Amazon and Adobe describe it; a new function has to be tried here."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import gateways
from tests.gateways.amazon.sp_api import calls as amazon
from tests.gateways.commerce import calls as commerce
from tests.gateways.commerce.shops import connected

ROOT = Path(gateways.__file__).parent
DOORS = {"Call", ".call", "exchange", ".send"}
"""The ways to make a call: of the HTTP client, of signing in, and of Commerce's client."""

ELSEWHERE = {
    "amazon.sp_api.client.AmazonClient.upload": "an address of Amazon's storage, which a test of the gateway calls",
    "amazon.sp_api.sign_in.application_token": "Login with Amazon: OAuth 2.0 (RFC 6749)",
    "amazon.sp_api.sign_in.lwa_token": "Login with Amazon: OAuth 2.0 (RFC 6749)",
    "commerce.ims.ims_token": "Adobe's identity service: OAuth 2.0 (RFC 6749)",
    "commerce.io_events.confirmation.RegistrationConfirmation.confirm": "an address that Adobe sends",
    "commerce.io_events.journal.Journal.page": "an address that Adobe's console shows",
    "commerce.io_events.public_keys.PublicKeys.key": "a file of Adobe's",
    "commerce.module.ShopModule.is_there": "the shop's own module, without an order on purpose",
}
"""Functions whose calls are none of the described APIs, with the called API."""


def calling_functions() -> set[str]:
    """Return the public functions of both clients that make a call, themselves or by another of their module."""
    modules = [path for part in ("amazon", "commerce") for path in (ROOT / part).rglob("*.py")]
    return {
        f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}.{name}"
        for path in modules
        for name in _calling(dict(_functions(ast.parse(path.read_text()))))
        if not name.rpartition(".")[2].startswith("_")
    }


def _calling(functions: Mapping[str, ast.FunctionDef]) -> set[str]:
    """Return those that call a door, or mention one that does, and so on."""
    mentioned = {name: _mentioned(function) for name, function in functions.items()}
    found = {name for name, function in functions.items() if _called(function) & DOORS}
    while more := {
        name for name in functions.keys() - found if mentioned[name] & {one.rpartition(".")[2] for one in found}
    }:
        found |= more
    return found


def _functions(module: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{each.name}", each) for each in node.body if isinstance(each, ast.FunctionDef))


def _mentioned(node: ast.AST) -> set[str]:
    """Return the names of functions and methods below a node."""
    named = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    return named | {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _called(function: ast.FunctionDef) -> set[str]:
    """Return the names of functions, and with a point those of methods, that a function calls."""
    called = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    methods = {f".{each.attr}" for each in called if isinstance(each, ast.Attribute)}
    return methods | {each.id for each in called if isinstance(each, ast.Name)}


def test_every_function_that_makes_a_call_is_tried_here() -> None:
    assert calling_functions() == amazon.CALLS.keys() | commerce.CALLS.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("name", commerce.CALLS)
def test_a_call_to_commerce_is_as_adobe_describes_it(name: str) -> None:
    with connected() as shop:
        commerce.CALLS[name](shop)
        assert shop.server.targets


@pytest.fixture(scope="module")
def seller() -> Iterator[amazon.Seller]:
    with amazon.seller() as opened:
        yield opened


@pytest.mark.parametrize("name", amazon.CALLS)
def test_a_call_to_amazon_is_as_amazon_describes_it(seller: amazon.Seller, name: str) -> None:
    seller.server.requests.clear()
    amazon.CALLS[name](seller)
    assert seller.server.requests
    assert not seller.server.violations
