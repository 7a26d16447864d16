"""Forged requests."""

from tests.web.people import Browser
from web.security.csrf import HEADER


def test_a_change_without_the_sessions_token_is_refused(viewer: Browser) -> None:
    assert viewer.post("/sign-out").status_code == 403
    assert viewer.post("/sign-out", data={"csrf_token": "0" * 64}).status_code == 403
    assert viewer.get("/").status_code == 200


def test_a_change_that_another_site_asks_for_is_refused(viewer: Browser) -> None:
    token = {HEADER: viewer.csrf_token()}
    assert viewer.post("/sign-out", headers=token | {"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert viewer.post("/sign-out", headers=token | {"Origin": "https://example.com"}).status_code == 403
    assert viewer.post("/sign-out", headers=token | {"Sec-Fetch-Site": "same-origin"}).status_code == 303
