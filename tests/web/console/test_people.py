"""The page of users and API tokens, and the page of people's acts."""

import re

from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.web.people import PASSWORD, Browser


def test_an_admin_adds_a_user_who_can_sign_in_and_whose_role_changes_at_once(app: FastAPI, admin: Browser) -> None:
    assert admin.submit("/people", name="ann", role="viewer", password=PASSWORD).status_code == 303
    ann = Browser(app)
    assert ann.post("/sign-in", data={"name": "ann", "password": PASSWORD}).headers["location"] == "/"
    assert ann.get("/people").status_code == 403
    admin.submit("/people/ann/role", role="admin")
    assert ann.get("/people").status_code == 200
    admin.submit("/people/ann/disable")
    assert ann.get("/people").status_code == 303


def test_a_new_token_is_shown_once_and_works_until_it_is_revoked(app: FastAPI, admin: Browser) -> None:
    shown = admin.submit("/tokens", user="admin", label="robot", scope=["read"], days="30").text
    secret = re.search(r"crossdock_[\w-]{43}", shown)
    assert secret
    assert secret[0] not in admin.get("/people").text
    client = TestClient(app, headers={"Authorization": f"Bearer {secret[0]}"})
    assert client.get("/api/v1/me").json()["permissions"] == ["read"]
    token_id = re.search(r"/tokens/(\w+)/revoke", admin.get("/people").text)
    assert token_id
    admin.submit(f"/tokens/{token_id[1]}/revoke")
    assert client.get("/api/v1/me").status_code == 401


def test_an_admins_action_is_on_the_activity_page(admin: Browser, viewer: Browser) -> None:
    admin.submit("/people", name="ann", role="staff", password=PASSWORD)
    shown = viewer.get("/activity?action=user.add").text
    assert "user.add" in shown
    assert ">ann</a>" in shown
    assert "Nothing fits this filter" in viewer.get("/activity?action=user.fly").text


def test_an_impossible_action_is_shown_with_its_reason(admin: Browser) -> None:
    for path, fields, status, words in (
        ("/people", {"name": "ann", "role": "viewer", "password": "short"}, 409, "12 to 256 characters"),
        ("/people", {"name": "ann", "role": "king", "password": PASSWORD}, 422, "role"),
        ("/people/admin/disable", {}, 409, "admin is the only admin"),
        ("/people/nobody/enable", {}, 404, "There is no user nobody."),
    ):
        answer = admin.submit(path, **fields)
        assert (answer.status_code, words in answer.text) == (status, True)
