"""People of the tests, with and without a browser."""

import re
from functools import cache
from html import unescape

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from operations.context import Context
from operations.people.api_tokens import create_token
from operations.people.passwords import hash_password
from operations.people.sign_in import make_link, use_link
from operations.people.users import list_users
from schemas.people import Role
from web.security.cookies import SESSION
from web.security.csrf import FIELD, HEADER

PASSWORD = "correct horse battery"


@cache
def password_hash() -> str:
    """Return the hash of PASSWORD, which takes long to compute on purpose."""
    return hash_password(PASSWORD)


def add_person(context: Context, role: Role, name: str = "") -> str:
    """Add a user with PASSWORD, named by the role unless named; return the name. One that exists is left."""
    name = name or role.value
    if name not in {user.name for user in list_users(context)}:
        with context.ledger.begin() as work:
            work.users.add(name, role, password_hash())
    return name


def session_of(context: Context, role: Role) -> str:
    """Return the secret of a new session of a user with this role."""
    return use_link(context, make_link(context, add_person(context, role)), "").secret


def linked_page(text: str, relation: str) -> str:
    """Return the address of a list's `first`, `prev` or `next` page, "" where there is none."""
    found = re.search(rf'rel="{relation}" href="([^"]*)"', text)
    return unescape(found[1]) if found else ""


class Browser(TestClient):
    """A client that keeps cookies, follows no redirect, and sends forms with the session's token."""

    def __init__(self, app: FastAPI) -> None:
        """Open the application, signed in as nobody."""
        super().__init__(app, follow_redirects=False, raise_server_exceptions=False)

    def submit(self, path: str, **fields: object) -> Response:
        """Post a form as the pages do; return the answer, whose `notice` the next page would show."""
        return self.post(path, data=fields, headers={HEADER: self.csrf_token()})

    def csrf_token(self) -> str:
        """Return the token that the pages' forms have."""
        found = re.search(rf'name="{FIELD}" value="([0-9a-f]*)"', self.get("/").text)
        return found[1] if found else ""


def signed_in(app: FastAPI, role: Role) -> Browser:
    """Return a browser in which a user with this role is signed in."""
    browser = Browser(app)
    browser.cookies.set(SESSION, session_of(app.state.context, role))
    return browser


def api_client(app: FastAPI, role: Role) -> TestClient:
    """Return a client of the API whose token may do everything that this role may."""
    context = app.state.context
    name = add_person(context, role)
    secret = create_token(context, name, "test", role.permissions, lasts=None, actor=name).secret
    return TestClient(app, headers={"Authorization": f"Bearer {secret}"}, raise_server_exceptions=False)
