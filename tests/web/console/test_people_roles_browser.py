"""A walk by each role through the console in a real browser: its pages, its acts, and its refusals."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import expect

from operations.orders.queries import show_order
from operations.personal_data.looks import list_looks
from schemas.people import Permission, Role
from schemas.personal import Buyer
from schemas.product import Product
from schemas.status import ImportState
from tests.builders import ORDER_ID, STORE_ID, a_report, an_item, placed
from tests.harness import Pipeline

ORDER = f"/orders/{ORDER_ID}?store={STORE_ID}"
NAME, STREET = "Test Buyer", "1 Test Street"

PAGES = ("Home", "Orders", "Blocked orders & dead letters", "Replays", "Products", "Pipeline", "Communication errors")
PAGES_OF_ALL = (*PAGES, "Activity", "Settings")


class Thing(NamedTuple):
    """A link or a button on a page, and the permission that it needs."""

    path: str
    role: str
    name: str
    needed: Permission


THINGS = (
    Thing("/orders", "link", "Show buyers' names", Permission.SEE_PERSONAL_DATA),
    Thing("/orders", "button", "Search for the name", Permission.SEE_PERSONAL_DATA),
    Thing(ORDER, "link", "Show buyer and address", Permission.SEE_PERSONAL_DATA),
    Thing(ORDER, "button", "Import now", Permission.ACT_ON_ORDERS),
    Thing(ORDER, "link", "Cancel Order", Permission.ACT_ON_ORDERS),
    Thing(ORDER, "link", "Match product", Permission.MATCH_PRODUCTS),
    Thing("/products", "button", "Attempt Automatic Match", Permission.MATCH_PRODUCTS),
    Thing("/dead-letters", "link", "Dry run", Permission.REPLAY),
    Thing("/dead-letters/list", "link", "Dry run", Permission.REPLAY),
    Thing("/settings", "button", "Add store", Permission.CHANGE_SETTINGS),
    Thing(f"/settings/orders?store={STORE_ID}", "button", "Save", Permission.CHANGE_SETTINGS),
)

REFUSED = (
    ("get", f"{ORDER}&personal=1", Permission.SEE_PERSONAL_DATA),
    ("get", f"/orders/{ORDER_ID}/cancel?store={STORE_ID}", Permission.ACT_ON_ORDERS),
    ("post", f"/orders/{ORDER_ID}/import", Permission.ACT_ON_ORDERS),
    ("post", "/products/match-automatically", Permission.MATCH_PRODUCTS),
    ("get", "/dead-letters/discard", Permission.REPLAY),
    ("post", "/settings/stores", Permission.CHANGE_SETTINGS),
    ("get", "/people", Permission.MANAGE_PEOPLE),
    ("post", "/people", Permission.MANAGE_PEOPLE),
)
"""Addresses that a person may type, past the links and buttons; posts are without any field."""

POST = """async ([path, token]) => (await fetch(path, {
    method: "POST",
    redirect: "manual",
    headers: {"X-CSRF-Token": token, "Content-Type": "application/x-www-form-urlencoded"},
})).status"""


def with_all(role: Role) -> Any:
    """Return the parameter of a role whose walk takes 2 s of processor time and which has few rights more or less.

    `tests.web.api.test_permissions` tries all roles in the ordinary run.
    """
    return pytest.param(role, marks=pytest.mark.slow)


def block(pipeline: Pipeline) -> None:
    """Block an order, whose buyer is known, on a listing that a product's SKU would match."""
    items = (an_item(asin="B000000001", title="A lamp"),)
    pipeline.commerce.catalog.save([Product(sku="B000000001", name="Lamp", quantity=5)])
    pipeline.handle(placed(items=items, buyer=Buyer(name=NAME)), a_report("Unshipped", items=items))


@pytest.mark.parametrize("role", [Role.VIEWER, with_all(Role.STAFF), with_all(Role.OPERATOR), Role.ADMIN])
def test_a_role_sees_its_pages_and_buttons_and_no_others(
    pipeline: Pipeline, sign_in: Callable[[Role], Any], console: str, role: Role
) -> None:
    block(pipeline)
    page = sign_in(role)
    links = page.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts()
    assert links == [*PAGES_OF_ALL, *(["People"] if role is Role.ADMIN else [])]
    for link in links:
        there = page.get_by_role("navigation", name="Pages").get_by_role("link", name=link, exact=True)
        there.click()
        expect(there).to_have_attribute("aria-current", "page")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert NAME not in page.content()
    for thing in THINGS:
        page.goto(console + thing.path)
        seen = page.get_by_role(thing.role, name=thing.name).count() > 0
        assert seen is (thing.needed in role.permissions), thing
    assert STREET not in page.goto(console + ORDER).text()
    assert list_looks(pipeline.context).rows == ()


@pytest.mark.parametrize("role", list(Role))
def test_an_action_that_a_role_may_not_do_is_refused_with_a_sentence(
    pipeline: Pipeline, sign_in: Callable[[Role], Any], console: str, role: Role
) -> None:
    block(pipeline)
    page = sign_in(role)
    token = page.locator("input[name=csrf_token]").first.get_attribute("value")
    for method, path, needed in REFUSED:
        page.goto(console)
        status = page.evaluate(POST, [path, token]) if method == "post" else page.goto(console + path).status
        assert (status == 403) is (needed not in role.permissions), (method, path, status)
        if method == "get" and status == 403:
            expect(page.get_by_role("heading", name="Not allowed")).to_be_visible()
            words = needed.value.replace("_", " ")
            expect(page.get_by_text(f"{role.value} may not {words} with the role {role.value}")).to_be_visible()


@pytest.mark.parametrize("role", [Role.STAFF, with_all(Role.OPERATOR), with_all(Role.ADMIN)])
def test_who_sees_personal_data_does_so_on_request_and_is_recorded(
    pipeline: Pipeline, sign_in: Callable[[Role], Any], console: str, role: Role
) -> None:
    block(pipeline)
    page = sign_in(role)
    page.goto(f"{console}/orders")
    page.get_by_role("link", name="Show buyers' names").click()
    expect(page.get_by_role("cell", name=NAME)).to_be_visible()
    page.goto(console + ORDER)
    page.get_by_role("link", name="Show buyer and address").click()
    expect(page.get_by_label("Address line 1").or_(page.locator(f"input[value='{STREET}']")).first).to_be_visible()
    assert {look.who for look in list_looks(pipeline.context).rows} == {role.value}
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_role("heading", name="Activity", level=1)).to_be_visible()
    assert NAME not in page.content()


def test_staff_resolves_a_cause_and_an_admin_gives_staff_another_role(
    pipeline: Pipeline, sign_in: Callable[[Role], Any], console: str
) -> None:
    block(pipeline)
    page = sign_in(Role.STAFF)
    page.goto(console + ORDER)
    page.get_by_role("link", name="Match product").click()
    page.get_by_role("button", name="Assign product").click()
    expect(page.get_by_text("Import requested for 1 waiting order.")).to_be_visible()
    pipeline.drain()
    assert show_order(pipeline.context, ORDER_ID).import_state is ImportState.IMPORTED
    page.get_by_role("button", name="Sign out").click()
    page = sign_in(Role.ADMIN)
    page.get_by_role("link", name="People").click()
    page.get_by_label("Role of staff").select_option("viewer")
    page.get_by_role("row", name="staff").get_by_role("button", name="Set").first.click()
    expect(page.get_by_text("staff is viewer now.")).to_be_visible()
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_role("heading", name="Activity", level=1)).to_be_visible()
    expect(page.get_by_text("staff").first).to_be_visible()
