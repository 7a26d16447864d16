"""Saved views by the API: each user has their own, which the console shows too."""

from fastapi import FastAPI
from starlette.testclient import TestClient

from operations.orders.saved_views import list_views
from schemas.people import Role
from tests.web.people import api_client

VIEWS = "/api/v1/order-views"


def test_a_view_is_saved_listed_replaced_and_removed_by_its_user_alone(app: FastAPI, api: TestClient) -> None:
    assert api.put(VIEWS, json={"name": "Late", "query": "status=Error&nothing=1"}).json() == {
        "name": "Late",
        "query": "status=Error",
    }
    api.put(VIEWS, json={"name": "Late", "query": "status=Unshipped"})
    assert api.get(VIEWS).json()["items"] == [{"name": "Late", "query": "status=Unshipped"}]
    assert [view.name for view in list_views(app.state.context, "admin")] == ["Late"]
    other = api_client(app, Role.VIEWER)
    assert other.get(VIEWS).json()["items"] == []
    assert other.delete(VIEWS, params={"name": "Late"}).status_code == 404
    assert api.delete(VIEWS, params={"name": "Late"}).status_code == 204
    assert api.get(VIEWS).json()["items"] == []


def test_a_view_of_a_wrong_filter_is_refused(api: TestClient) -> None:
    refused = api.put(VIEWS, json={"name": "Late", "query": "status=Lost"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "wrong_input")
