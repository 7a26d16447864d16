"""Hostile text in every field of an order, through every page that shows the order, its CSV and the API, on a phone."""

import csv
import io
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from operations.store_changes import change_store
from schemas.people import Role
from tests.builders import ORDER_ID, STORE_ID
from tests.harness import Pipeline, message_of
from tests.web.hostile_order import ATTACK, hostile, hostile_parcel, hostile_placed, hostile_unshipped, too_long
from tests.web.people import api_client

PAGE = f"/orders/{ORDER_ID}?store={STORE_ID}"
PAGES = (
    "/",
    f"/stores/{STORE_ID}?names=1",
    "/orders?names=1",
    PAGE,
    f"{PAGE}&personal=1",
    f"{PAGE}&check=1",
    f"{PAGE}&tab=items",
    f"{PAGE}&tab=tracking",
    f"{PAGE}&tab=timeline",
    "/dead-letters",
    "/dead-letters/list",
    "/products",
    "/settings",
    f"/settings/orders?store={STORE_ID}",
    "/activity",
    "/communication-errors",
)
PHONE = {"width": 360, "height": 740}
DIRECTIONS = frozenset("\u202e\u2067")


def attack(pipeline: Pipeline) -> str:
    """Have the order and a message that is too long handled; return the id of the letter of the message."""
    change_store(pipeline.context, STORE_ID, {"name": hostile(200)}, actor="test")
    pipeline.handle(hostile_placed(), hostile_unshipped(), hostile_parcel())
    pipeline.publish([message_of(too_long(), "order.placed")])
    pipeline.drain()
    (letter,) = pipeline.letters(letter_type="failed", text="The data of order.placed is wrong")
    return letter.id


def test_no_page_of_the_order_runs_a_script_or_scrolls_sideways(
    pipeline: Pipeline, sign_in: Callable[[Role], Any], console: str
) -> None:
    letter = attack(pipeline)
    page = sign_in(Role.ADMIN)
    page.set_viewport_size(PHONE)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("dialog", lambda dialog: complaints.append(f"{page.url}: {dialog.message}"))
    wide = {}
    for path in (*PAGES, f"/dead-letters/{letter}", f"/dead-letters/{letter}/edit"):
        answer = page.goto(console + path)
        assert answer.status == 200, path
        assert page.evaluate("typeof hacked") == "undefined", path
        assert not DIRECTIONS & set(page.inner_text("body")), path
        if extra := page.evaluate("document.documentElement.scrollWidth - window.innerWidth"):
            wide[path] = extra
    assert wide == {}
    assert complaints == []


def test_the_order_is_found_by_its_hostile_buyer(
    pipeline: Pipeline, sign_in: Callable[[Role], Any], console: str
) -> None:
    attack(pipeline)
    page = sign_in(Role.STAFF)
    page.set_viewport_size(PHONE)
    page.goto(f"{console}/orders")
    page.get_by_label("Buyer's name").fill("hacked onerror")
    page.get_by_role("button", name="Search for the name").click()
    page.get_by_role("link", name=ORDER_ID).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_csv_and_api_give_the_texts_as_they_are_and_run_nothing(app: FastAPI, pipeline: Pipeline) -> None:
    attack(pipeline)
    api = api_client(app, Role.ADMIN)
    rows = list(csv.DictReader(io.StringIO(api.get("/api/v1/order-exports").text)))
    assert [row["amazon_order_id"] for row in rows] == [ORDER_ID]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in rows[0].values())
    (item,) = _got(api, "")["items"]
    assert (item["seller_sku"], len(item["title"])) == (hostile(200), 2000)
    assert _got(api, "/personal-data")["address"]["line1"].startswith(f"0{ATTACK}")
    for part in ("/explanation", "/history", "/timeline"):
        assert _got(api, part)


def _got(api: TestClient, part: str) -> Any:
    answer = api.get(f"/api/v1/orders/{ORDER_ID}{part}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), part
    assert answer.headers["x-content-type-options"] == "nosniff"
    return answer.json()
