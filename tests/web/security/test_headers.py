"""Headers of every answer."""

from tests.web.people import Browser


def test_every_answer_forbids_scripts_and_styles_in_the_page(viewer: Browser) -> None:
    for path in ("/", "/sign-in", "/nowhere", "/static/crossdock.css", "/api/v1/me"):
        policy = viewer.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_pages_are_not_stored_and_files_of_known_content_are(viewer: Browser) -> None:
    assert viewer.get("/").headers["cache-control"] == "no-store"
    assert viewer.get("/static/crossdock.css").headers["cache-control"] == "no-cache"
    assert "immutable" in viewer.get("/static/crossdock.css?v=1").headers["cache-control"]
