"""Answers to errors."""

from operations.context import Context
from tests.web.applications import application
from tests.web.people import Browser
from web.app import create_app
from web.security.cookies import SESSION


def test_an_unknown_page_helps_to_find_another(viewer: Browser) -> None:
    answer = viewer.get("/nowhere")
    assert answer.status_code == 404
    assert 'action="/orders"' in answer.text


def test_without_a_database_pages_say_so_and_load_themselves_again() -> None:
    browser = Browser(application(None))
    browser.cookies.set(SESSION, "any")
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "The database is away" in answer.text
    assert 'http-equiv="refresh"' in answer.text


def test_a_fault_of_ours_shows_none_of_its_text(operations_context: Context) -> None:
    app = create_app(operations_context)

    @app.get("/fault")
    def fail() -> None:
        raise ValueError("Ann Buyer, 1 Main Street")

    answer = Browser(app).get("/fault")
    assert answer.status_code == 500
    assert "Ann Buyer" not in answer.text
