"""The console in a real browser."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from schemas.people import Role


def test_a_page_works_in_a_browser_and_breaks_no_rule_of_its_own_policy(sign_in: Callable[[Role], Page]) -> None:
    page = sign_in(Role.ADMIN)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.reload()
    expect(page.get_by_role("heading", name="Stores")).to_be_visible()
    expect(page.locator("footer")).to_contain_text("Times are in your zone")
    assert complaints == []
