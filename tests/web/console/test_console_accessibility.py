"""Every page passes axe, in both schemes, and fits the screen of a phone."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext

from schemas.people import Role
from tests.web.demo_console import DemoConsole, demo_console
from tests.web.people import session_of
from web.security.cookies import SESSION

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def console_of_demo() -> Iterator[DemoConsole]:
    """A console with orders of every outcome."""
    with demo_console() as console:
        yield console


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_on_any_page_and_none_is_wider_than_the_screen(
    console_of_demo: DemoConsole, new_context: Callable[..., BrowserContext], scheme: str, width: int
) -> None:
    context = new_context(viewport={"width": width, "height": 740}, color_scheme=scheme, bypass_csp=True)
    session = session_of(console_of_demo.context, Role.ADMIN)
    context.add_cookies([{"name": SESSION, "value": session, "url": console_of_demo.address}])
    page = context.new_page()
    found = {}
    for name, path in console_of_demo.paths.items():
        page.goto(console_of_demo.address + path)
        violations = [f"{one['id']}: {one['nodes'][0]['html']}" for one in Axe().run(page).response["violations"]]
        wider = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        found[name] = violations + (["wider than the screen"] if wider else [])
    assert {name: problems for name, problems in found.items() if problems} == {}
