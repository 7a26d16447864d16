"""Corrections in one request: each look recorded, values only for whom they are meant, stale ones refused."""

import json

import pytest

from operations.dead_letters.correction import Correction, correct, preview_correction, show_message
from operations.dead_letters.lookup import find_letters
from operations.errors import EditRefusedError
from operations.personal_data.looks import list_looks
from operations.stale_forms import StaleFormError
from schemas.dead_letters import LetterFilter, LetterState
from tests.builders import HOME, placed
from tests.harness import Pipeline, event_of
from tests.letters import WHO, WHY, failed, order_id, the_letter

RIGHT = json.dumps(event_of(placed(amazon_order_id=order_id(0), shipping_address=HOME), "wrong"))


def test_a_look_at_a_message_is_recorded_in_the_audit_log(pipeline: Pipeline) -> None:
    failed(pipeline)
    shown = show_message(pipeline.context, the_letter(pipeline).id, actor=WHO)
    assert json.loads(shown.text)["type"] == "order.placed"
    (look,) = list_looks(pipeline.context).rows
    assert (look.who, look.subject, look.details["seen"]) == (WHO, shown.letter_id, "the whole message")


def test_a_preview_hides_values_from_whom_they_are_not_meant_for(pipeline: Pipeline) -> None:
    failed(pipeline)
    letter, correction = the_letter(pipeline).id, Correction(message=RIGHT)
    preview = preview_correction(pipeline.context, letter, correction, actor=WHO, show_values=False)
    assert {(change.before, change.after) for change in preview.changes} == {("", "")}
    assert list_looks(pipeline.context).rows == ()
    shown = preview_correction(pipeline.context, letter, correction, actor=WHO, show_values=True)
    assert any("Testville" in change.after for change in shown.changes)
    assert [look.who for look in list_looks(pipeline.context).rows] == [WHO]


def test_a_preview_of_a_message_that_is_still_wrong_names_the_fault(pipeline: Pipeline) -> None:
    failed(pipeline)
    letter, correction = the_letter(pipeline).id, Correction(fields={"data.buyer.name": "A Person"})
    with pytest.raises(
        EditRefusedError, match=r"still wrong, so nothing was changed\. The data of order.placed is wrong"
    ):
        preview_correction(pipeline.context, letter, correction, actor=WHO, show_values=True)
    assert list_looks(pipeline.context).rows == ()


def test_a_correction_of_another_version_of_the_message_is_refused(pipeline: Pipeline) -> None:
    failed(pipeline)
    letter = the_letter(pipeline).id
    version = show_message(pipeline.context, letter, actor=WHO).version
    right = Correction(message=RIGHT)
    with pytest.raises(StaleFormError, match="Somebody else changed message"):
        correct(pipeline.context, letter, right, actor=WHO, reason=WHY, version="another")
    assert correct(pipeline.context, letter, right, actor=WHO, reason=WHY, version=version).consumer == "order-placed"
    assert find_letters(pipeline.context, LetterFilter(state=LetterState.OPEN), 10).rows == ()
