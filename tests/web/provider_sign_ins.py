"""Signing in by the provider of the tests, without scripts."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from fastapi import FastAPI
from httpx2 import Response
from pydantic import SecretStr
from starlette.testclient import TestClient

from schemas.settings import Settings
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, TestedProvider
from tests.servers.plain_http import PLAIN
from workers.process.identity_provider import opened_identity_provider

ROLES = "cn=admins,ou=it=admin; order-team=staff; readers=viewer"


def settings_of(provider: TestedProvider) -> Settings:
    """Return settings by which the provider signs people in."""
    return Settings(
        console_url="http://testserver",
        oidc_issuer=provider.url,
        oidc_name="Example Login",
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=SecretStr(CLIENT_SECRET),
        oidc_roles=ROLES,
    )


@contextmanager
def signing_in_by(app: FastAPI, provider: TestedProvider) -> Iterator[None]:
    """Have the provider sign people in to the application until the block ends."""
    with opened_identity_provider(settings_of(provider)) as app.state.identity_provider:
        yield


def callback(browser: TestClient, target: str = "/") -> str:
    """Start a sign-in, sign in at the provider; return the address that it leads back to."""
    started = browser.get("/sign-in/oidc", params={"next": target})
    assert started.status_code == 303, started.text
    return str(httpx2.get(started.headers["location"], verify=PLAIN).headers["location"])


def sign_in(browser: TestClient, target: str = "/") -> Response:
    """Sign in; return the answer to the provider's."""
    return browser.get(callback(browser, target))
