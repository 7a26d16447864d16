"""The page of communication errors: filters, paging, hostile text."""

from operations.communication_errors import LedgerErrorLog
from schemas.communication_errors import CommunicationError
from tests.builders import KEY
from tests.harness import Pipeline
from tests.web.people import Browser


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
    assert "system=commerce&amp;page=2" in first
    assert "req-0<" in viewer.get("/communication-errors?page=2").text
    assert "No failed call matches" in viewer.get("/communication-errors?system=amazon").text
    assert viewer.get("/communication-errors?system=other").status_code == 422


def test_hostile_sentences_are_text(pipeline: Pipeline, viewer: Browser) -> None:
    log(pipeline, 1, "<script>alert(1)</script>\u202e" + "x" * 10_000)
    text = viewer.get("/communication-errors").text
    assert "<script>alert" not in text
    assert "\u202e" not in text
