"""Looking orders up: pages, details, explanations and their JSON, without a command line."""

import pytest

from operations.errors import NotFoundError
from operations.orders.explain import explain
from operations.orders.explanation import Explanation, NeverPlacedOrder
from operations.orders.lists import list_orders, stream_orders
from operations.orders.queries import order_history, show_order, system_message
from schemas.blockers import RemedyKind
from schemas.order_filters import OrderFilter, OrderPager
from tests.builders import ORDER_ID, STORE_ID, a_report, placed, shipped
from tests.harness import Pipeline

OTHER_ID = "123-1234567-0000001"
LETTER_KEYS = {
    *("id", "class", "consumer", "event", "amazon_order_id", "causes", "attempts", "first_at", "last_at"),
    *("state", "store_id", "reason", "fingerprint", "replaced_by", "publisher", "source"),
}


def test_a_page_counts_the_orders_of_all_pages(pipeline: Pipeline) -> None:
    pipeline.handle(placed(), placed(amazon_order_id=OTHER_ID))
    page = list_orders(pipeline.context, OrderFilter(), OrderPager(page_size=1))
    assert (len(page.orders), page.count, page.pages, page.system_message) == (1, 2, 2, None)
    streamed = stream_orders(pipeline.context, OrderFilter(), OrderPager(page_size=1))
    assert {row.amazon_order_id for row in streamed} == {ORDER_ID, OTHER_ID}


def test_an_empty_list_has_one_page(pipeline: Pipeline) -> None:
    assert list_orders(pipeline.context, OrderFilter(), OrderPager()).pages == 1


def test_a_blocked_order_has_a_remedy_and_its_store_the_system_message(pipeline: Pipeline) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    blockers = show_order(pipeline.context, ORDER_ID).blocked_on
    assert {blocker.remedy.kind for blocker in blockers} == {RemedyKind.MATCH_LISTING}
    assert blockers[0].remedy.params == {"store_id": STORE_ID, "seller_sku": blockers[0].key}
    assert STORE_ID in (system_message(pipeline.context) or "")


def test_no_command_is_stored_in_an_order_or_sent_in_an_event(pipeline: Pipeline) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    assert "crossdock " not in pipeline.order().model_dump_json()
    assert not any("crossdock " in line.note for line in order_history(pipeline.context, ORDER_ID))


def test_an_unknown_order_is_an_error_that_hints_at_the_list(pipeline: Pipeline) -> None:
    with pytest.raises(NotFoundError, match=f"There is no order {ORDER_ID} in store {STORE_ID}.") as caught:
        show_order(pipeline.context, ORDER_ID, STORE_ID)
    assert caught.value.hint is not None
    assert caught.value.hint.kind is RemedyKind.LIST_ORDERS


def test_an_explanation_has_the_open_letters_of_its_order(pipeline: Pipeline) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    explanation = explain(pipeline.context, ORDER_ID)
    assert isinstance(explanation, Explanation)
    (letter,) = explanation.model_dump(mode="json", by_alias=True)["dead_letters"]
    assert set(letter) == LETTER_KEYS
    assert letter["class"] == "blocked"


def test_deferred_events_explain_an_order_that_was_never_placed(pipeline: Pipeline) -> None:
    pipeline.handle(shipped())
    explanation = explain(pipeline.context, ORDER_ID)
    assert isinstance(explanation, NeverPlacedOrder)
    assert [(event.event, event.store_id) for event in explanation.early_events] == [("commerce.shipped", STORE_ID)]
    with pytest.raises(NotFoundError):
        explain(pipeline.context, OTHER_ID)
