"""The benchmark of pages asks for every page of the navigation, and every list of the API."""

from bench.pages import PAGES, lists_of_api
from web.console.navigation import SECTIONS


def test_every_page_of_the_navigation_is_timed() -> None:
    paths = {link.path for section in SECTIONS for link in section.links} - {"/orders"}
    assert paths <= {address.partition("?")[0] for address in PAGES.values()}


def test_every_list_of_the_api_is_timed() -> None:
    lists = lists_of_api()
    assert lists["listListings"] == "/api/v1/listings"
    assert {"listOrders", "listDeadLetters", "listProducts", "listAudit", "showPipeline"} <= lists.keys()
    assert all("{" not in address for address in lists.values())
