"""Tokens of the API."""

from fastapi import FastAPI
from starlette.testclient import TestClient

from schemas.people import Role
from tests.web.people import api_client


def test_a_token_shows_the_person_it_stands_for(app: FastAPI) -> None:
    answer = api_client(app, Role.STAFF).get("/api/v1/me")
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["role"]) == ("staff", "staff")


def test_without_a_valid_token_the_api_answers_with_one_sentence(app: FastAPI) -> None:
    for headers in ({}, {"Authorization": "Bearer nothing"}, {"Authorization": "Basic abc"}):
        answer = TestClient(app).get("/api/v1/me", headers=headers)
        assert answer.status_code == 401
        assert set(answer.json()) == {"error"}
