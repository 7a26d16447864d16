"""Editing a message in the browser: the look is recorded, the difference is shown, a wrong text stays in the form."""

import json

from operations.personal_data.looks import list_looks
from tests.builders import placed
from tests.harness import Pipeline, event_of
from tests.letters import failed, order_id
from tests.web.forms import hidden_field
from tests.web.people import Browser

RIGHT = json.dumps(event_of(placed(amazon_order_id=order_id(0)), "wrong"))


def test_a_message_is_edited_with_its_difference_and_a_reason(pipeline: Pipeline, operator: Browser) -> None:
    failed(pipeline)
    (letter,) = pipeline.letters()
    page = f"/dead-letters/{letter.id}/edit"
    text = operator.get(page).text
    assert [look.who for look in list_looks(pipeline.context).rows] == ["operator"]
    form = {"version": hidden_field(text, "version"), "message": '{"specversion": "1.0"}'}
    for step in ("preview", "send"):
        refused = operator.submit(page, **form, reason="typo", step=step)
        assert refused.status_code == 409
        assert "still wrong" in refused.text
        assert "&#34;specversion&#34;: &#34;1.0&#34;" in refused.text
    preview = operator.submit(page, **{**form, "message": RIGHT})
    assert "The difference" in preview.text
    assert "data.items.0" in preview.text
    stale = operator.submit(page, **{**form, "version": "0"}, reason="typo", step="send")
    assert "Somebody else changed message" in stale.text


def test_staff_edit_no_message(pipeline: Pipeline, staff: Browser) -> None:
    failed(pipeline)
    (letter,) = pipeline.letters()
    page = f"/dead-letters/{letter.id}/edit"
    assert staff.get(page).status_code == 403
    assert staff.submit(page, message="", version="").status_code == 403
    assert list_looks(pipeline.context).rows == ()
