"""The page of communication errors: filters, paging, hostile text."""

import re

import pytest

from operations.communication_errors import LedgerErrorLog
from schemas.communication_errors import CommunicationError
from tests.builders import KEY
from tests.harness import Pipeline
from tests.web.people import Browser, linked_page


def log(pipeline: Pipeline, count: int, sentence: str = "Commerce is away.") -> None:
    """Log errors about the order."""
    errors = LedgerErrorLog(pipeline.ledger)
    for number in range(count):
        errors.add(
            CommunicationError(
                system="commerce", operation="create_order", outcome="try_later", code="503", sentence=sentence,
                request_id=f"req-{number}", **KEY,
            )
        )  # fmt: skip


def test_errors_are_listed_with_request_ids_and_pages(pipeline: Pipeline, viewer: Browser) -> None:
    assert "No call has failed" in viewer.get("/communication-errors").text
    log(pipeline, 51)
    first = viewer.get("/communication-errors?system=commerce").text
    assert "req-50" in first
    following = linked_page(first, "next")
    assert following.startswith("/communication-errors?system=commerce&after=")
    second = viewer.get(following).text
    assert ("req-0<" in second, "req-50" in second, linked_page(second, "next")) == (True, False, "")
    assert "No failed call matches" in viewer.get("/communication-errors?system=amazon").text
    assert viewer.get("/communication-errors?system=other").status_code == 422


def test_every_page_but_the_first_leads_back_to_the_page_before(
    pipeline: Pipeline, viewer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.console.communication_errors.PAGE_SIZE", 1)
    log(pipeline, 4)
    texts = [viewer.get("/communication-errors?system=commerce").text]
    while following := linked_page(texts[-1], "next"):
        texts.append(viewer.get(following).text)
    shown = [re.findall(r"req-\d", text) for text in texts]
    assert len(shown) == 4
    for number in (2, 1, 0):
        back = linked_page(texts[-1], "prev")
        assert back.startswith("/communication-errors?system=commerce")
        texts.append(viewer.get(back).text)
        assert re.findall(r"req-\d", texts[-1]) == shown[number]
    assert linked_page(texts[-1], "prev") == ""
    without_way = linked_page(texts[2], "first")
    assert without_way == "/communication-errors?system=commerce"


def test_hostile_sentences_are_text(pipeline: Pipeline, viewer: Browser) -> None:
    log(pipeline, 1, "<script>alert(1)</script>\u202e" + "x" * 10_000)
    text = viewer.get("/communication-errors").text
    assert "<script>alert" not in text
    assert "\u202e" not in text
