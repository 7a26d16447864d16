"""Metrics of requests: counted once each, by the route's template, for any path that callers send."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from operations.context import Context
from schemas.people import Role
from tests.web.people import signed_in
from web.app import create_app

Counted = list[tuple[str, str, str]]


@pytest.fixture
def counted() -> Counted:
    return []


@pytest.fixture
def app(operations_context: Context, counted: Counted) -> FastAPI:
    def count(method: str, route: str, status: str, seconds: float) -> None:
        assert seconds > 0
        counted.append((method, route, status))

    return create_app(operations_context, count)


def test_a_request_is_counted_by_the_template_of_its_route(app: FastAPI, counted: Counted) -> None:
    viewer = signed_in(app, Role.VIEWER)
    counted.clear()
    viewer.get("/orders/111-1111111-1111111")
    viewer.get("/orders")
    assert counted == [("GET", "/orders/{amazon_order_id}", "404"), ("GET", "/orders", "200")]


def test_an_invented_path_or_method_makes_no_label(app: FastAPI, counted: Counted) -> None:
    client = TestClient(app)
    client.get("/made-up/by/jane@example.com")
    client.request("BREW", "/orders")
    client.get("/static/nothing.css")
    assert [(method, route) for method, route, _ in counted] == [
        ("GET", "other"),
        ("other", "/orders"),
        ("GET", "other"),
    ]


def test_a_request_that_fails_counts_as_500(app: FastAPI, counted: Counted) -> None:
    @app.get("/defect")
    def fail() -> None:
        raise ZeroDivisionError

    answer = TestClient(app, raise_server_exceptions=False).get("/defect")
    assert answer.status_code == 500
    assert counted == [("GET", "/defect", "500")]
