"""All orders in the console: filters in the address, sorting, pages, views, CSV, names, hostile texts."""

import csv
import html
import io
import re
from decimal import Decimal

import pytest

from operations.personal_data.looks import list_looks
from operations.store_changes import change_store
from schemas.money import Money
from tests.builders import STORE_ID, placed
from tests.harness import Pipeline
from tests.web.people import Browser

HOSTILE = "<script>alert(1)</script>'; DROP TABLE orders; --\u202e" + "x" * 1900


def order_id(number: int) -> str:
    return f"123-1234567-{number:07}"


@pytest.fixture
def three(pipeline: Pipeline) -> Pipeline:
    """Three orders: for 9.50, 100.00 and 20.00 dollars; the third is canceled."""
    for number, amount, status in [(1, "9.50", "Pending"), (2, "100.00", "Pending"), (3, "20.00", "Canceled")]:
        total = Money(currency="USD", amount=Decimal(amount))
        facts = {"order_total": total, "status": status, "buyer": {"name": "Test Buyer"}}
        pipeline.handle(placed(amazon_order_id=order_id(number), **facts))
    return pipeline


def shown(browser: Browser, query: str = "") -> list[int]:
    answer = browser.get(f"/orders?{query}")
    assert answer.status_code == 200
    return [int(number) for number in re.findall(r">123-1234567-(\d+)</a>", answer.text)]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("sort=total", [1, 3, 2]),
        ("sort=total&desc=1", [2, 3, 1]),
        ("status=Canceled", [3]),
        ("total_min=9.51&sort=amazon_order_id", [2, 3]),
        ("order=123-1234567-0000002", [2]),
        ("sort=amazon_order_id&size=2", [1, 2]),
    ],
)
def test_the_address_has_filter_sorting_and_page(
    three: Pipeline, viewer: Browser, query: str, numbers: list[int]
) -> None:
    assert shown(viewer, query) == numbers


def test_pages_lead_forth_and_back(three: Pipeline, viewer: Browser) -> None:
    first = viewer.get("/orders?sort=amazon_order_id&size=2").text
    following = link(first, "Next")
    second = viewer.get(following).text
    assert order_id(3) in second
    assert shown(viewer, link(second, "Previous").partition("?")[2]) == [1, 2]
    assert link(second, "First") == "/orders?sort=amazon_order_id&size=2"


def link(page: str, label: str) -> str:
    found = re.search(rf'href="([^"]*)">{label}</a>', page)
    assert found, label
    return html.unescape(found[1])


def test_empty_fields_of_the_form_are_taken_out_of_the_address(three: Pipeline, viewer: Browser) -> None:
    answer = viewer.get("/orders?order=&from=&status=Canceled&store=")
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders?status=Canceled")


def test_each_condition_is_a_chip_that_removes_it(three: Pipeline, viewer: Browser) -> None:
    page = viewer.get("/orders?status=Canceled&status=Pending&total_min=1&after=").headers["location"]
    text = viewer.get(page).text
    chips = [html.unescape(href) for href in re.findall(r'class="chip" href="([^"]*)"', text)]
    assert chips == [
        "/orders?status=Pending&total_min=1",
        "/orders?status=Canceled&total_min=1",
        "/orders?status=Canceled&status=Pending",
    ]
    assert "Clear all filters" in text


def test_a_wrong_filter_is_reported_and_the_form_keeps_it(three: Pipeline, viewer: Browser) -> None:
    answer = viewer.get("/orders?total_min=eleven&order=123")
    assert answer.status_code == 422
    assert "“eleven”" in answer.text or "&#34;eleven&#34; is not a total" in answer.text
    assert 'value="eleven"' in answer.text
    assert viewer.get("/orders.csv?total_min=eleven").status_code == 422


def test_a_filter_that_nothing_passes_says_so(three: Pipeline, viewer: Browser) -> None:
    assert "No order matches" in viewer.get("/orders?order=999").text


def test_csv_has_all_orders_of_the_filter_and_runs_no_formula(three: Pipeline, viewer: Browser) -> None:
    change_store(three.context, STORE_ID, {"name": "=1+1"}, actor="test")
    answer = viewer.get("/orders.csv?sort=total&desc=1&size=1")
    assert answer.headers["content-type"].startswith("text/csv")
    assert [row["total_amount"] for row in csv.DictReader(io.StringIO(answer.text))] == ["100.00", "20.00", "9.50"]


def test_a_view_is_saved_for_its_person_and_removed(three: Pipeline, viewer: Browser, staff: Browser) -> None:
    answer = viewer.submit("/orders/views", name="  Canceled  <b> ", query="status=Canceled&page=3")
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders?status=Canceled")
    assert "Canceled &lt;b&gt;</a>" in viewer.get("/orders").text
    assert "&lt;b&gt;</a>" not in staff.get("/orders").text
    assert viewer.submit("/orders/views", name=" ", query="").status_code == 409
    assert viewer.submit("/orders/views", name="wrong", query="status=Lost").status_code == 422
    assert viewer.submit("/orders/views/remove", name="Canceled <b>").status_code == 303
    assert viewer.submit("/orders/views/remove", name="Canceled <b>").status_code == 404


def test_names_are_shown_to_staff_on_demand_and_each_look_is_recorded(
    three: Pipeline, viewer: Browser, staff: Browser
) -> None:
    name = "Test Buyer"
    assert name not in staff.get("/orders").text
    assert name not in viewer.get("/orders?names=1").text
    assert list_looks(three.context).rows == ()
    assert name in staff.get("/orders?names=1&status=Pending").text
    looks = list_looks(three.context).rows
    assert {(look.who, look.details["order"]) for look in looks} == {("staff", order_id(1)), ("staff", order_id(2))}
    assert {look.details["seen"] for look in looks} == {"the buyer's name, in a list"}


def test_hostile_texts_are_shown_as_texts(pipeline: Pipeline, staff: Browser) -> None:
    change_store(pipeline.context, STORE_ID, {"name": HOSTILE[:190]}, actor="test")
    pipeline.handle(placed(buyer={"name": HOSTILE}))
    for path in ("/orders?names=1", f"/stores/{STORE_ID}?names=1", f"/orders?store={HOSTILE[:50]}"):
        text = staff.get(path).text
        assert "<script>alert" not in text
        assert "\u202e" not in text
    assert "&lt;script&gt;alert" in staff.get("/orders?names=1").text


def test_staff_finds_orders_by_a_buyers_name_that_no_address_has(
    three: Pipeline, viewer: Browser, staff: Browser
) -> None:
    three.handle(placed(amazon_order_id=order_id(4), buyer={"name": "Zoë Other"}))
    answer = staff.submit("/orders/buyer", name="other ZOE", query="status=Pending&page=2")
    address = answer.headers["location"]
    assert answer.status_code == 303
    assert re.fullmatch(r"/orders\?status=Pending&buyer=[0-9a-f]{16}\.[0-9a-f]{16}", address)
    assert shown(staff, address.partition("?")[2]) == [4]
    assert viewer.get(address).status_code == 403
    assert viewer.get(address.replace("/orders?", "/orders.csv?")).status_code == 403
    assert viewer.submit("/orders/buyer", name="x").status_code == 403
    assert staff.submit("/orders/buyer", name=" - ").status_code == 422
    assert staff.get("/orders?buyer=Zoe").status_code == 422
    (look,) = list_looks(three.context).rows
    assert (look.who, look.details) == ("staff", {"seen": "which orders a buyer's name has"})
