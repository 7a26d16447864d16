"""Signing in by an OpenID provider that nobody here wrote: oidc-provider-mock, which stands on Authlib."""

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from operations.context import Context
from operations.people import users
from schemas.people import Role
from schemas.settings import Settings
from tests.web.people import Browser
from tests.web.provider_sign_ins import ROLES
from web.security.cookies import SESSION
from workers.process.identity_provider import opened_identity_provider

with warnings.catch_warnings(record=True):  # of Authlib, about its parts that are to go
    from oidc_provider_mock import User, run_server_in_thread

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

CALLBACK = "http://testserver/sign-in/oidc/callback"


class Authlib(NamedTuple):
    """The provider's address, and the client that is registered there."""

    url: str
    client_id: str
    client_secret: str


@pytest.fixture(scope="module")
def authlib() -> Iterator[Authlib]:
    """Serve the provider, with one person of each kind, and register the console there."""
    people = [
        User(sub="person-7", claims={"preferred_username": "ann", "groups": ["order-team"]}),
        User(sub="person-8", claims={"preferred_username": "eve", "groups": ["strangers"]}),
    ]
    with run_server_in_thread(require_client_registration=True, require_nonce=True, user_claims=people) as server:
        url = f"http://localhost:{server.server_port}"
        registered: Any = httpx2.post(f"{url}/oauth2/clients", json={"redirect_uris": [CALLBACK]}).json()
        yield Authlib(url, registered["client_id"], registered["client_secret"])


def _sign_in(app: FastAPI, authlib: Authlib, person: str, secret: str) -> tuple[Browser, httpx2.Response]:
    """Sign a person in; return the browser, and the console's answer to the callback."""
    settings = Settings(
        console_url="http://testserver",
        oidc_issuer=authlib.url,
        oidc_name="Authlib",
        oidc_client_id=authlib.client_id,
        oidc_client_secret=SecretStr(secret),
        oidc_roles=ROLES,
    )
    browser = Browser(app)
    with opened_identity_provider(settings) as app.state.identity_provider:
        form = browser.get("/sign-in/oidc").headers["location"]
        agreed = httpx2.post(form, data={"sub": person})
        return browser, browser.get(agreed.headers["location"])


def test_a_person_signs_in_with_the_role_of_the_group(
    app: FastAPI, authlib: Authlib, operations_context: Context
) -> None:
    browser, answer = _sign_in(app, authlib, "person-7", authlib.client_secret)
    assert SESSION in answer.cookies, answer.text
    assert "oidc:ann" in browser.get("/").text
    (user,) = users.list_users(operations_context)
    assert (user.name, user.role, user.issuer, user.subject) == ("oidc:ann", Role.STAFF, authlib.url, "person-7")


@pytest.mark.parametrize(
    ("person", "secret", "sentence"),
    [
        ("person-8", None, "No group of yours at Authlib has a role in Crossdock"),
        ("person-7", "another secret", "check CROSSDOCK_OIDC_CLIENT_ID and CROSSDOCK_OIDC_CLIENT_SECRET"),
    ],
)
def test_a_stranger_and_a_wrong_secret_sign_nobody_in(
    app: FastAPI, authlib: Authlib, person: str, secret: str | None, sentence: str
) -> None:
    _, answer = _sign_in(app, authlib, person, secret or authlib.client_secret)
    assert SESSION not in answer.cookies
    assert sentence in answer.text
