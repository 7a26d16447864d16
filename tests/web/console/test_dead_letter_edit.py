"""Editing a message in the browser: the look is recorded, the difference is shown, what is wrong stays in the form."""

from operations.personal_data.looks import list_looks
from tests.harness import Pipeline
from tests.letters import failed
from tests.web.forms import hidden_field
from tests.web.people import Browser


def test_a_message_is_edited_with_its_difference_and_a_reason(pipeline: Pipeline, operator: Browser) -> None:
    failed(pipeline)
    (letter,) = pipeline.letters()
    page = f"/dead-letters/{letter.id}/edit"
    text = operator.get(page).text
    assert [look.who for look in list_looks(pipeline.context)] == ["operator"]
    form = {"version": hidden_field(text, "version"), "message": '{"specversion": "1.0"}'}
    preview = operator.submit(page, **form)
    assert "The difference" in preview.text
    assert "removed" in preview.text
    refused = operator.submit(page, **form, reason="typo", step="send")
    assert refused.status_code == 409
    assert "still wrong" in refused.text
    assert "&#34;specversion&#34;: &#34;1.0&#34;" in refused.text
    stale = operator.submit(page, **{**form, "version": "0"}, reason="typo", step="send")
    assert "Somebody else changed message" in stale.text


def test_staff_edit_no_message(pipeline: Pipeline, staff: Browser) -> None:
    failed(pipeline)
    (letter,) = pipeline.letters()
    page = f"/dead-letters/{letter.id}/edit"
    assert staff.get(page).status_code == 403
    assert staff.submit(page, message="", version="").status_code == 403
    assert list_looks(pipeline.context) == []
