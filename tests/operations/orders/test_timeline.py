"""The timeline of an order: events with their causes, people, dead letters and failed calls in one sequence."""

import pytest

from operations.communication_errors import LedgerErrorLog
from operations.errors import NotFoundError
from operations.orders.actions import edit_address
from operations.orders.personal import show_personal_data
from operations.orders.timeline import TimelineKind, order_timeline
from schemas.communication_errors import CommunicationError
from schemas.dead_letters import LetterFilter
from schemas.product import Product
from tests.builders import HOME, KEY, ORDER_ID, a_report, placed
from tests.harness import Pipeline
from tests.letters import discard_letters

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def test_the_timeline_of_an_imported_order_has_each_event_and_its_cause(pipeline: Pipeline) -> None:
    pipeline.stock(Product(sku="SKU-1", name="One", quantity=5))
    pipeline.handle(placed(), a_report("Unshipped"))
    entries = order_timeline(pipeline.context, ORDER_ID).entries
    by_name = {entry.name: entry for entry in entries}
    assert list(by_name) == ["order.placed", "order.status_changed", "import.requested"]
    assert [entry.time for entry in entries] == sorted(entry.time for entry in entries)
    assert by_name["import.requested"].cause == "order.status_changed"
    assert by_name["import.requested"].cause_id == by_name["order.status_changed"].event_id
    assert by_name["order.placed"].cause is None
    assert (by_name["order.placed"].source, by_name["import.requested"].source) == ("/upstream", None)


def test_a_product_that_came_is_no_event_of_the_order_and_its_import_has_no_cause_there(pipeline: Pipeline) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    pipeline.stock(Product(sku="SKU-1", name="One", quantity=5))
    *_, last = order_timeline(pipeline.context, ORDER_ID).entries
    assert (last.kind, last.name, last.cause) == (TimelineKind.EVENT, "import.requested", None)


def test_actions_and_looks_of_people_are_shown_once_with_their_names(pipeline: Pipeline) -> None:
    pipeline.handle(placed(), a_report("Unshipped", shipping_address=None))
    show_personal_data(pipeline.context, ORDER_ID, actor="bob")
    edit_address(pipeline.context, ORDER_ID, None, HOME.model_dump(exclude_none=True), actor="ann")
    pipeline.drain()
    entries = order_timeline(pipeline.context, ORDER_ID).entries
    acts = [(entry.kind, entry.name, entry.who) for entry in entries if entry.who]
    assert acts == [
        (TimelineKind.LOOK, "personal_data.look", "bob"),
        (TimelineKind.ACTION, "operator.edit_address", "ann"),
    ]
    caused = [entry.name for entry in entries if entry.cause == "operator.edit_address"]
    assert caused == ["import.requested"]
    assert "Test Buyer" not in "".join(entry.model_dump_json() for entry in entries)


def test_letters_and_failed_calls_stand_in_it_with_both_sides_ids(pipeline: Pipeline) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    LedgerErrorLog(pipeline.ledger).add(
        CommunicationError(
            system="commerce", operation="create_order", outcome="try_later", code="503", sentence="Commerce is away.",
            request_id="req-7", **KEY,
        )
    )  # fmt: skip
    discard_letters(pipeline, LetterFilter())
    entries = order_timeline(pipeline.context, ORDER_ID).entries
    (letter,) = [entry for entry in entries if entry.kind is TimelineKind.LETTER]
    (call,) = [entry for entry in entries if entry.kind is TimelineKind.CALL]
    (discarded,) = [entry for entry in entries if entry.name == "letter.discard"]
    assert letter.letter_id == discarded.letter_id == pipeline.letters()[0].id
    assert (call.request_id, call.name, call.note) == ("req-7", "commerce create_order", "Commerce is away.")


def test_an_unknown_order_has_no_timeline(pipeline: Pipeline) -> None:
    with pytest.raises(NotFoundError):
        order_timeline(pipeline.context, ORDER_ID)
