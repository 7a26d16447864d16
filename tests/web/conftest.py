"""The application on SQLite, clients of people with each role, and a real browser."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import BrowserContext, Page, expect
from starlette.testclient import TestClient

from gateways.simulator.gateways import SimulatedGateways
from operations.context import Context
from schemas.people import Role
from schemas.settings import Settings
from tests.harness import SOON
from tests.openid_provider import TestedProvider, serving_provider
from tests.servers.browser import launch_arguments
from tests.web.applications import application
from tests.web.people import Browser, api_client, session_of, signed_in
from tests.web.provider_sign_ins import signing_in_by
from web.security.cookies import SESSION
from web.server import serving
from workers.process.parts import Parts

MILLISECONDS = 1000 * SOON
"""Milliseconds that a browser has for a click, a page, or an expectation."""

expect.set_options(timeout=MILLISECONDS)


@pytest.fixture
def operations_context(parts: Parts) -> Context:
    """The context of operations on the test's ledger."""
    assert isinstance(parts.gateways, SimulatedGateways)
    return Context(parts.settings, parts.ledger, parts.gateways, parts.gateways.commerce.catalog)


@pytest.fixture
def app(operations_context: Context) -> FastAPI:
    """The application."""
    return application(operations_context)


@pytest.fixture
def browser_of(app: FastAPI) -> Callable[[Role], Browser]:
    """A function that gives a signed-in browser of a role, without scripts: the fast way to test a page."""
    return lambda role: signed_in(app, role)


@pytest.fixture
def viewer(app: FastAPI) -> Browser:
    """A browser in which a viewer is signed in."""
    return signed_in(app, Role.VIEWER)


@pytest.fixture
def staff(app: FastAPI) -> Browser:
    """A browser in which order staff is signed in."""
    return signed_in(app, Role.STAFF)


@pytest.fixture
def operator(app: FastAPI) -> Browser:
    """A browser in which an operator is signed in."""
    return signed_in(app, Role.OPERATOR)


@pytest.fixture
def admin(app: FastAPI) -> Browser:
    """A browser in which an admin is signed in."""
    return signed_in(app, Role.ADMIN)


@pytest.fixture
def api(app: FastAPI) -> TestClient:
    """A client of the API whose token may do everything."""
    return api_client(app, Role.ADMIN)


@pytest.fixture
def provider(app: FastAPI) -> Iterator[TestedProvider]:
    """The provider, which signs people in to the application."""
    with serving_provider() as served, signing_in_by(app, served):
        yield served


@pytest.fixture(scope="session")
def base_url() -> None:
    """Hide the fixture of pytest-base-url, which pytest warns of and which nothing here needs."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium; skips without one, or fails where the tier `browser` is demanded."""
    return {**browser_type_launch_args, **launch_arguments()}


@pytest.fixture
def new_context(new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """A function that opens a browser's context, which waits as long as a busy machine needs."""

    def new_patient_context(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.set_default_timeout(MILLISECONDS)
        return context

    return new_patient_context


@pytest.fixture
def console(app: FastAPI) -> Iterator[str]:
    """The address of the application, served on a port of its own."""
    with served(app) as address:
        yield address


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port; gives its address."""
    with serving(app, Settings.model_construct(**{**Settings().model_dump(), "console_port": 0})) as address:
        yield address


@pytest.fixture
def sign_in(operations_context: Context, console: str, page: Page) -> Callable[[Role], Page]:
    """A function that signs a role in; gives Playwright's page, on the home page, which fails on errors of scripts."""

    def sign_in_as(role: Role) -> Page:
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        page.context.add_cookies([{"name": SESSION, "value": session_of(operations_context, role), "url": console}])
        page.goto(console)
        return page

    return sign_in_as
