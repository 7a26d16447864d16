"""Signing in and out."""

import pytest
from fastapi import FastAPI

from operations.context import Context
from operations.people.sign_in import Tries
from schemas.people import Role
from tests.web.people import PASSWORD, Browser, add_person
from web.security.cookies import SESSION


def test_a_page_leads_to_the_sign_in_page_and_back(app: FastAPI, operations_context: Context) -> None:
    add_person(operations_context, Role.VIEWER, "ann")
    browser = Browser(app)
    asked = browser.get("/?page=2")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2F%3Fpage%3D2")
    done = browser.post("/sign-in", data={"name": "ann", "password": PASSWORD, "next": "/?page=2"})
    assert (done.status_code, done.headers["location"]) == (303, "/?page=2")
    assert browser.get("/").status_code == 200


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(app: FastAPI, operations_context: Context) -> None:
    add_person(operations_context, Role.VIEWER, "ann")
    browser = Browser(app)
    wrong = browser.post("/sign-in", data={"name": "ann", "password": "something else"})
    unknown = browser.post("/sign-in", data={"name": "bob", "password": "something else"})
    assert wrong.status_code == unknown.status_code == 401
    assert "The name or the password is wrong." in wrong.text
    assert wrong.text.replace("ann", "bob") == unknown.text


def test_the_page_after_signing_in_is_never_another_sites(app: FastAPI) -> None:
    for target in ("https://example.com/", "//example.com", "/\\example.com"):
        assert 'name="next" value="/"' in Browser(app).get("/sign-in", params={"next": target}).text


def test_after_signing_out_the_session_is_over_everywhere(viewer: Browser) -> None:
    secret = viewer.cookies[SESSION]
    assert viewer.submit("/sign-out").headers["location"] == "/sign-in"
    viewer.cookies.set(SESSION, secret)
    assert viewer.get("/").status_code == 303


def test_links_are_guessed_a_few_times_only(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.people.sign_in.BY_ADDRESS", Tries(3, 1000.0))
    guesses = [Browser(app).get(f"/sign-in/link/guess-{number}").status_code for number in range(5)]
    assert guesses == [401, 401, 401, 429, 429]
