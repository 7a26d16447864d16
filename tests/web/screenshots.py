"""Screenshots of every page: of each kind into a folder, `./run screenshots DIR`, or those of the documentation."""

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from schemas.people import Role
from tests.servers.browser import launch_arguments
from tests.web.demo_console import DemoConsole, demo_console
from tests.web.people import session_of
from web.security.cookies import SESSION

FOLDER = Path(__file__).parent.parent.parent / "docs" / "screenshots"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
KINDS = {
    "desktop-light": (DESKTOP, "light"),
    "desktop-dark": (DESKTOP, "dark"),
    "phone-light": (PHONE, "light"),
    "phone-dark": (PHONE, "dark"),
}
DOCUMENTED = ("desktop-light", "phone-dark")
"""The kinds that the documentation shows; the others are to be looked at."""

MAX_HEIGHT = 1800
"""Pixels of a long page that are shown."""

LIVE = 2500
"""Milliseconds until the pages that change by themselves have changed once."""


def take_all(folder: Path, kinds: Collection[str]) -> int:
    """Take the screenshots of these kinds; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    with demo_console() as console, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_arguments())
        session = session_of(console.context, Role.ADMIN)
        taken = [
            _take(browser, console, session, name, folder / f"{name}-{kind}.png")
            for kind in KINDS
            for name in console.paths
            if kind in kinds
        ]
        browser.close()
    return len(taken)


def _take(browser: Any, console: DemoConsole, session: str, name: str, path: Path) -> Path:
    size, scheme = KINDS[path.stem.removeprefix(f"{name}-")]
    context = browser.new_context(viewport=size, color_scheme=scheme, timezone_id="UTC", locale="en-GB")
    if name != "sign-in":
        context.add_cookies([{"name": SESSION, "value": session, "url": console.address}])
    page = context.new_page()
    page.goto(console.address + console.paths[name])
    if page.locator("[data-stream]").count():
        page.wait_for_timeout(LIVE)
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if wider > 0:
        print(f"{path.name}: {wider} pixels wider than the screen", file=sys.stderr)
    height = min(MAX_HEIGHT, page.evaluate("document.documentElement.scrollHeight"))
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": size["width"], "height": height})
    context.close()
    return path


if __name__ == "__main__":
    count = take_all(Path(sys.argv[1]), KINDS) if len(sys.argv) > 1 else take_all(FOLDER, DOCUMENTED)
    print(count, "screenshots taken")
