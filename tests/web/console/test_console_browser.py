"""The console in a real browser."""

from collections.abc import Callable
from typing import Any

from schemas.people import Role


def test_a_page_works_in_a_browser_and_breaks_no_rule_of_its_own_policy(sign_in: Callable[[Role], Any]) -> None:
    page = sign_in(Role.ADMIN)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.reload()
    assert page.get_by_role("heading", name="Stores").is_visible()
    assert "Times are in your zone" in page.locator("footer").inner_text()
    assert complaints == []
