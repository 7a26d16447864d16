"""Hostile text of 10,000 characters in each field of each form: refused with a sentence, or shown as text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

import pytest

from operations.orders.saved_views import save_view
from operations.people.api_tokens import create_token
from operations.replays.control import start
from operations.replays.dry_run import plan
from schemas.dead_letters import LetterFilter
from schemas.people import Permission
from schemas.replays import ReplayPace
from tests.builders import ORDER_ID, STORE_ID, a_report, an_item, placed
from tests.harness import Pipeline
from tests.letters import failed
from tests.web.hostile_order import ATTACK, hostile
from tests.web.people import Browser

LONG = hostile(10_000)
ORDER = f"/orders/{ORDER_ID}"
PAGES = (
    "/orders",
    f"{ORDER}?personal=1",
    f"{ORDER}/cancel?store={STORE_ID}",
    "/dead-letters",
    "/dead-letters/list",
    "/replays/new",
    "/products",
    f"/products/match?store={STORE_ID}&seller_sku=SKU-1",
    "/settings",
    f"/settings/orders?store={STORE_ID}",
    "/activity",
    "/communication-errors",
    "/people",
)
DISCARD = ("/dead-letters/discard",)
"""Tried alone: a reason of any length starts a replay of all letters, or discards them."""


@dataclass
class FoundForm:
    """A form of a page: where it goes, how, and its fields; of a hidden one and a select the value."""

    action: str
    method: str
    kept: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)


class Forms(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[FoundForm] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.found.append(FoundForm(given.get("action") or "", given.get("method") or "get"))
        elif tag in ("input", "textarea") and self.found and (name := given.get("name")):
            if given.get("type") in ("hidden", "checkbox"):
                self.found[-1].kept[name] = given.get("value") or ""
            else:
                self.found[-1].texts.append(name)


def _forms(browser: Browser, page: str) -> Iterator[FoundForm]:
    answer = browser.get(page)
    assert answer.status_code == 200, page
    yield from (form for form in Forms(answer.text).found if form.texts)


@pytest.fixture
def furnished(pipeline: Pipeline) -> Pipeline:
    """An order that waits for a product, and a message that failed."""
    items = (an_item(asin="B000000001", title="A lamp"),)
    pipeline.handle(placed(items=items), a_report("Unshipped", items=items))
    failed(pipeline)
    return pipeline


@pytest.mark.parametrize("pages", [PAGES, DISCARD], ids=["all", "discard"])
def test_a_long_hostile_text_in_any_field_is_no_fault_and_never_markup(
    furnished: Pipeline, admin: Browser, pages: tuple[str, ...]
) -> None:
    tried = 0
    for page in pages:
        for form in _forms(admin, page):
            for name in form.texts:
                fields = {"reason": "1"} | form.kept | dict.fromkeys(form.texts, "1") | {name: LONG}
                path, is_get = unescape(form.action), form.method == "get"
                answer = admin.get(path, params=fields) if is_get else admin.submit(path, **fields)
                assert answer.status_code < 500, (page, form.action, name, answer.text[-500:])
                assert "<script>hacked" not in answer.text, (page, form.action, name)
                tried += 1
    assert tried >= len(pages)


def test_names_and_reasons_of_people_are_shown_as_text(furnished: Pipeline, admin: Browser) -> None:
    context = furnished.context
    admin.get("/")
    save_view(context, "admin", ATTACK[:60], "status=Error")
    create_token(context, "admin", ATTACK[:100], {Permission.READ}, lasts=None, actor="admin")
    letters = LetterFilter()
    replay = start(context, letters, plan(context, letters).token, pace=ReplayPace(), actor="admin", reason=ATTACK)
    for page in ("/orders", "/people", "/replays", f"/replays/{replay.replay_id}", "/activity"):
        shown = admin.get(page)
        assert shown.status_code == 200, page
        assert "<script>hacked" not in shown.text, page
        assert "&lt;script&gt;hacked" in shown.text, page
