"""The database away: pages say so, and recover by themselves."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from operations.context import Context
from schemas.people import Role
from schemas.settings import Settings
from tests.harness import VAULT_KEY, eventually
from tests.scenarios.link import Link
from tests.web.applications import application
from tests.web.people import signed_in
from workers.process.bootstrap import context_of


@pytest.fixture
def link(migrated_database_url: str) -> Iterator[Link]:
    """The connection to the database, which may be cut."""
    link = Link(migrated_database_url, 5432)
    link.restore()
    yield link
    link.cut()


@pytest.fixture
def console_of(link: Link) -> Iterator[FastAPI]:
    """A console on that connection."""
    ledger = Ledger.open(link.url, Cipher.of([VAULT_KEY]))
    yield application(context_of(Settings(), ledger))
    ledger.close()


def test_pages_say_that_the_database_is_away_and_come_back_with_it(link: Link, console_of: FastAPI) -> None:
    viewer = signed_in(console_of, Role.VIEWER)
    assert viewer.get("/").status_code == 200
    link.cut()
    answer = viewer.get("/")
    assert (answer.status_code, "The database is away" in answer.text) == (503, True)
    assert viewer.get("/api/v1/me", headers={"Authorization": "Bearer any"}).status_code == 503
    assert viewer.get("/sign-in").status_code == 200
    link.restore()
    eventually(lambda: viewer.get("/").status_code == 200, "the page comes back")


def test_an_application_that_never_reached_its_database_shows_its_pages_once_it_does(
    operations_context: Context,
) -> None:
    app = application(None)
    app.state.context = operations_context
    viewer = signed_in(app, Role.VIEWER)
    app.state.context = None
    assert viewer.get("/").status_code == 503
    app.state.context = operations_context
    assert viewer.get("/").status_code == 200
