"""The home page, and the frame that all pages have."""

from operations.context import Context
from operations.stores import change_store
from tests.builders import STORE_ID
from tests.web.people import Browser


def test_home_shows_each_store_by_its_name(operations_context: Context, viewer: Browser) -> None:
    change_store(operations_context, STORE_ID, {"name": "Hats & Coats"}, actor="test")
    answer = viewer.get("/")
    assert answer.status_code == 200
    assert "Hats &amp; Coats" in answer.text


def test_the_names_of_stores_are_text_and_no_markup(operations_context: Context, viewer: Browser) -> None:
    change_store(operations_context, STORE_ID, {"name": "<script>alert(1)</script>"}, actor="test")
    assert "<script>alert" not in viewer.get("/").text


def test_people_see_the_pages_of_their_role_only(viewer: Browser, admin: Browser) -> None:
    assert 'href="/people"' in admin.get("/").text
    assert 'href="/people"' not in viewer.get("/").text
