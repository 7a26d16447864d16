"""Refusals and failures: one shape, a fitting status, no value of the request repeated."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from operations.people.api_tokens import create_token
from operations.personal_data.looks import list_looks
from schemas.people import Permission, Role
from tests.builders import HOME, ORDER_ID, STORE_ID, a_report, placed
from tests.harness import Pipeline
from tests.web.people import add_person, api_client
from web.api.body_limits import BODY_BYTES

UNKNOWN_ORDER = "999-9999999-9999999"


def code_of(answer: object) -> str:
    """Return the code of an error."""
    return str(answer.json()["error"]["code"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", f"/orders/{UNKNOWN_ORDER}", None, 404, "unknown"),
        ("GET", "/dead-letters/abcdef", None, 404, "unknown"),
        ("GET", "/replays/abcdef", None, 404, "unknown"),
        ("GET", "/nowhere", None, 404, "unknown"),
        ("PUT", "/matches", {"store_id": STORE_ID, "seller_sku": "A", "sku": "none"}, 404, "unknown"),
        ("DELETE", "/stores", None, 405, "method_not_allowed"),
        ("POST", "/stores", {"store_id": STORE_ID}, 409, "conflict"),
        ("POST", "/stores", {"store_id": "new", "import_order": False}, 422, "wrong_input"),
        ("GET", "/orders?stat=Pending", None, 422, "wrong_input"),
        (
            "GET",
            "/orders?purchased_from=2026-05-02T00:00:00Z&purchased_to=2026-05-01T00:00:00Z",
            None,
            422,
            "wrong_input",
        ),
        ("GET", "/orders?cursor=nonsense", None, 422, "wrong_input"),
        ("GET", "/stores?limit=1&limit=2", None, 422, "wrong_input"),
    ],
)
def test_a_refusal_has_a_code_for_programs_and_a_sentence_for_people(
    api: TestClient, method: str, path: str, body: object, status: int, code: str
) -> None:
    answer = api.request(method, f"/api/v1{path}", json=body)
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert answer.json()["error"]["message"].endswith(".")


def test_a_body_that_is_no_json_or_no_utf_8_is_refused_and_not_repeated(api: TestClient) -> None:
    for body in (b"{", b"\xff\xfe Ann Buyer"):
        answer = api.post("/api/v1/stores", content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, code_of(answer)) == (422, "wrong_input")
        assert "Ann" not in answer.text


def test_a_wrong_field_is_named_and_its_value_is_not_repeated(api: TestClient) -> None:
    edit = {"changes": {"country_code": "Ann Buyer, Main Street"}}
    answer = api.patch(f"/api/v1/orders/{ORDER_ID}/address", json=edit)
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["field"] == "body.changes.country_code"
    assert "Ann Buyer" not in answer.text


def test_a_body_beyond_the_limit_is_refused_and_a_file_may_have_more(api: TestClient) -> None:
    large = b" " * (BODY_BYTES + 1)
    refused = api.post("/api/v1/stores", content=large, headers={"Content-Type": "application/json"})
    assert (refused.status_code, code_of(refused)) == (413, "too_large")
    assert (
        api.post("/api/v1/events", content=large, headers={"Content-Type": "application/x-ndjson"}).status_code == 200
    )


def test_a_body_whose_length_is_not_declared_is_limited_too(api: TestClient) -> None:
    chunks = iter([b" " * BODY_BYTES, b" "])
    refused = api.post("/api/v1/stores", content=chunks, headers={"Content-Type": "application/json"})
    assert (refused.status_code, code_of(refused)) == (413, "too_large")


def test_an_encoding_that_does_not_exist_is_refused(api: TestClient) -> None:
    query = {"amazon_format": "all-orders-report", "encoding": "nonsense"}
    file = {"Content-Type": "application/x-ndjson"}
    refused = api.post("/api/v1/events", params=query, content=b"x", headers=file)
    assert (refused.status_code, code_of(refused)) == (422, "wrong_input")


def test_a_method_that_an_address_lacks_is_answered_with_those_that_it_has(api: TestClient) -> None:
    assert api.put("/api/v1/stores").headers["allow"] == "GET, POST"


def test_a_stale_edit_is_refused_with_somebody_elses_changes(pipeline: Pipeline, app: FastAPI) -> None:
    pipeline.handle(placed(), a_report("Unshipped", shipping_address=HOME))
    edit = {"changes": {"line1": "2 Other Street"}, "seen": {"city": "Elsewhere"}}
    answer = api_client(app, Role.STAFF).patch(f"/api/v1/orders/{ORDER_ID}/address", json=edit)
    assert (answer.status_code, code_of(answer)) == (409, "stale")
    assert answer.json()["error"]["difference"] == [{"field": "city", "seen": "Elsewhere", "now": "Testville"}]
    assert [look.who for look in list_looks(pipeline.context).rows] == ["staff"]


def test_a_person_who_may_not_see_personal_data_is_shown_the_fields_only(pipeline: Pipeline, app: FastAPI) -> None:
    pipeline.handle(placed(), a_report("Unshipped", shipping_address=HOME))
    name = add_person(pipeline.context, Role.STAFF)
    new = create_token(pipeline.context, name, "robot", [Permission.ACT_ON_ORDERS], lasts=None, actor=name)
    client = TestClient(app, headers={"Authorization": f"Bearer {new.secret}"})
    edit = {"changes": {"line1": "2 Other Street"}, "seen": {"city": "Elsewhere"}}
    answer = client.patch(f"/api/v1/orders/{ORDER_ID}/address", json=edit)
    assert answer.json()["error"]["difference"] == [{"field": "city", "seen": "", "now": ""}]
    assert "Testville" not in answer.text


def test_without_a_database_the_api_says_so_and_goes_on_once_it_is_there(app: FastAPI, api: TestClient) -> None:
    app.state.context, context = None, app.state.context
    away = api.get("/api/v1/stores")
    assert (away.status_code, code_of(away), away.headers["retry-after"]) == (503, "unavailable", "5")
    assert "database" in away.json()["error"]["message"]
    app.state.context = context
    assert api.get("/api/v1/stores").status_code == 200
