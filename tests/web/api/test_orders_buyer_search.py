"""The search for a buyer's orders by the API."""

from fastapi import FastAPI
from starlette.testclient import TestClient

from operations.personal_data.looks import list_looks
from schemas.people import Role
from schemas.personal import Buyer
from tests.builders import ORDER_ID, STORE_ID, placed
from tests.harness import Pipeline
from tests.letters import order_id
from tests.web.people import api_client

SEARCHES = "/api/v1/order-searches"


def test_orders_are_found_by_their_buyer_page_by_page_and_the_search_is_recorded(
    pipeline: Pipeline, api: TestClient
) -> None:
    pipeline.handle(
        placed(buyer=Buyer(name="Ann Example")),
        placed(amazon_order_id=order_id(1), buyer=Buyer(name="Ann Bell Example")),
        placed(amazon_order_id=order_id(2), buyer=Buyer(name="Bob Example")),
    )
    asked = {"name": "example ANN", "store_id": STORE_ID, "sort": "amazon_order_id", "limit": 1, "descending": True}
    first = api.post(SEARCHES, json=asked).json()
    second = api.post(SEARCHES, json={**asked, "cursor": first["next"]}).json()
    found = [row["amazon_order_id"] for page in (first, second) for row in page["orders"]]
    assert (sorted(found), second["next"]) == (sorted([ORDER_ID, order_id(1)]), None)
    everywhere = api.post(SEARCHES, json={"name": "example ANN"}).json()
    assert (first["count"], everywhere["count"], everywhere["count_is_exact"]) == (2, 2, True)
    looks = list_looks(pipeline.context).rows
    assert [look.who for look in looks] == ["admin"] * 3
    assert "Ann" not in str(looks)


def test_who_sees_no_personal_data_may_not_search_and_a_name_needs_a_word(
    app: FastAPI, pipeline: Pipeline, api: TestClient
) -> None:
    pipeline.handle(placed(buyer=Buyer(name="Ann Example")))
    assert api_client(app, Role.VIEWER).post(SEARCHES, json={"name": "Ann"}).status_code == 403
    assert list_looks(pipeline.context).rows == ()
    assert api.post(SEARCHES, json={"name": "..."}).status_code == 422
    assert api.post(SEARCHES, json={}).status_code == 422
