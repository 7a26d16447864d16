"""Events that only Crossdock publishes, from somebody else: nothing is done, and nothing of ours is disturbed."""

from time import monotonic
from typing import Any

import pytest

from events.envelope import event_key
from events.registry import CONSUMERS, REQUESTS
from operations.publishers import set_publisher
from pipeline.publishers import REFRESH_SECONDS, PublisherList
from schemas import payloads
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState
from schemas.message import UNKNOWN, Message
from schemas.payloads import Payload
from tests.builders import KEY, ORDER_ID, STORE_ID, a_report, placed, shipped
from tests.harness import CONSUMER_OF, Pipeline, event_of, message_of
from tests.letters import FIXED, begin_replay, block, discard_letters, order_id, run_replay, the_letter
from workers.consumer import Consumer

FORGED: dict[str, Payload] = {
    "import.requested": payloads.ImportRequested.model_validate(KEY),
    "shipment.confirmation_requested": payloads.ShipmentConfirmationRequested.model_validate(
        {**KEY, "shipment_id": "1"}
    ),
    "completion.requested": payloads.CompletionRequested.model_validate(KEY),
    "cancel.requested": payloads.CancelRequested.model_validate({**KEY, "reason": "NoInventory"}),
    "commerce.cancel_requested": payloads.CommerceCancelRequested.model_validate(KEY),
    "reservation.requested": payloads.ReservationRequested.model_validate(KEY),
}


def _from(publisher: str, event: dict[str, Any], **headers: int) -> Message:
    """Return an event as the consumer receives it from a publisher's account."""
    return message_of(event, event["type"])._replace(headers={"publisher": publisher, **headers})


def _take(pipeline: Pipeline, message: Message) -> None:
    pipeline.publish(pipeline.parts.processor(CONSUMER_OF[message.name]).take([message]).follow_ups)
    pipeline.drain()


def test_every_request_is_tried_here() -> None:
    assert set(FORGED) == set(REQUESTS)


@pytest.mark.parametrize("publisher", ["shop-us", UNKNOWN])
@pytest.mark.parametrize("name", REQUESTS)
def test_a_forged_request_changes_nothing_and_is_a_letter_that_names_its_publisher(
    pipeline: Pipeline, name: str, publisher: str
) -> None:
    pipeline.handle(placed(status="Unshipped"))
    before = pipeline.order(), pipeline.shop_orders(), pipeline.history()
    known = len(pipeline.letters())
    _take(pipeline, _from(publisher, event_of(FORGED[name], "forged")))
    assert (pipeline.order(), pipeline.shop_orders(), pipeline.history()) == before
    (letter,) = pipeline.letters(event=name, consumer=CONSUMER_OF[name], letter_type=DeadLetterType.FAILED)
    assert len(pipeline.letters()) == known + 1
    account = "the account shop-us" if publisher == "shop-us" else "an account that it does not name"
    assert letter.reason.startswith(f"Only Crossdock publishes {name}, and this event came from {account};")
    assert letter.amazon_order_id == ORDER_ID


def test_replaying_a_forged_request_does_not_carry_it_out(pipeline: Pipeline) -> None:
    pipeline.handle(placed(status="Unshipped"))
    _take(pipeline, _from("shop-us", event_of(FORGED["cancel.requested"], "forged")))
    discard_letters(pipeline, LetterFilter(letter_type=DeadLetterType.BLOCKED))
    run_replay(pipeline, begin_replay(pipeline).replay_id)
    (letter,) = pipeline.letters(event="cancel.requested")
    assert (letter.attempts, letter.state) == (2, LetterState.OPEN)
    assert "cancel" not in " ".join(entry.note.lower() for entry in pipeline.history())


def test_a_forged_request_does_not_take_the_identity_of_a_real_one(pipeline: Pipeline) -> None:
    """The ids of follow-ups are derived, so a stranger can compute the next one."""
    pipeline.handle(placed(status="Pending"))
    real = event_of(FORGED["import.requested"], "the-next-one") | {"source": "/crossdock"}
    _take(pipeline, _from("shop-us", real))
    with pipeline.ledger.read() as work:
        assert work.inbox.find("importer", [_key(real)]) == {}
    pipeline.publish([message_of(real, "import.requested")])
    pipeline.drain()
    with pipeline.ledger.read() as work:
        assert _key(real) in work.inbox.find("importer", [_key(real)])


def _key(event: dict[str, Any]) -> bytes:
    return event_key(event["source"], event["id"])


@pytest.mark.parametrize("source", ["/crossdock", "/crossdock/operator"])
def test_a_publisher_cannot_use_a_source_of_crossdocks(pipeline: Pipeline, source: str) -> None:
    _take(pipeline, _from(UNKNOWN, event_of(placed(), "claimed") | {"source": source}))
    letter = the_letter(pipeline)
    assert letter.reason.startswith(f"Only Crossdock publishes events of the source {source}, and this one came from")
    with pipeline.ledger.read() as work:
        assert work.orders.find(ORDER_ID) is None


def _bind(pipeline: Pipeline, account: str, stores: tuple[str, ...] = (), events: tuple[str, ...] = ()) -> None:
    set_publisher(pipeline.context, account, stores, events, actor="ann")


@pytest.mark.parametrize(
    ("publisher", "reason"),
    [
        ("shop-de", "The account shop-de speaks for de, not for the store"),
        ("warehouse", "The account warehouse may publish commerce.shipped, catalog.changed, not order.placed."),
        ("stranger", "The account stranger is not among the publishers"),
        (UNKNOWN, "It does not say which account published it"),
    ],
)
def test_an_event_beyond_its_publishers_bounds_is_a_letter_that_names_the_publisher(
    pipeline: Pipeline, publisher: str, reason: str
) -> None:
    _bind(pipeline, "shop-de", stores=("de",))
    _bind(pipeline, "warehouse", events=("commerce.shipped", "catalog.changed"))
    _take(pipeline, _from(publisher, event_of(placed(), "too far")))
    letter = the_letter(pipeline)
    assert letter.reason.startswith(reason)
    assert letter.publisher == (None if publisher == UNKNOWN else publisher)
    assert letter.source == "/upstream"
    with pipeline.ledger.read() as work:
        assert work.orders.find(ORDER_ID) is None


def test_a_forged_parcel_of_an_account_that_reports_orders_completes_nothing(pipeline: Pipeline) -> None:
    _bind(pipeline, "amazon", events=("order.placed", "order.status_changed"))
    _take(pipeline, _from("amazon", event_of(placed(status="Unshipped"), "honest")))
    _take(pipeline, _from("amazon", event_of(shipped(), "invented")))
    assert pipeline.order().parcels == ()
    (letter,) = pipeline.letters(event="commerce.shipped")
    assert letter.reason == "The account amazon may publish order.placed, order.status_changed, not commerce.shipped."


def test_within_its_bounds_a_publisher_is_served_and_shown_in_the_history(pipeline: Pipeline) -> None:
    _bind(pipeline, "shop", stores=(STORE_ID,))
    _take(pipeline, _from("shop", event_of(placed(status="Pending"), "honest")))
    pipeline.handle(a_report())
    history = [(entry.event, entry.publisher, entry.source) for entry in pipeline.history()]
    assert history[:2] == [("order.placed", "shop", "/upstream"), ("order.status_changed", None, "/upstream")]
    assert {entry[1:] for entry in history[2:]} <= {(None, None)}


def test_a_letter_passes_by_replay_once_its_publisher_may_speak_for_the_store(pipeline: Pipeline) -> None:
    _bind(pipeline, "shop", stores=("de",))
    _take(pipeline, _from("shop", event_of(placed(), "too far")))
    _bind(pipeline, "shop", stores=("de", STORE_ID))
    pipeline.consumers["order-placed"] = Consumer(
        pipeline.parts.processor("order-placed"), pipeline.parts.bus, 100, 300
    )
    run_replay(pipeline, begin_replay(pipeline).replay_id)
    assert the_letter(pipeline).state is LetterState.RESOLVED
    assert [entry.publisher for entry in pipeline.history()] == ["shop"]


def test_commands_and_follow_ups_of_crossdocks_own_need_no_binding(pipeline: Pipeline) -> None:
    _bind(pipeline, "shop")
    block(pipeline)
    pipeline.stock(FIXED)
    assert pipeline.order(order_id(0)).import_state == "imported"


def test_a_process_reads_the_bindings_again_after_ten_seconds(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = PublisherList()
    with pipeline.ledger.read() as work:
        assert known.current(work) == {}
    _bind(pipeline, "shop")
    with pipeline.ledger.read() as work:
        assert known.current(work) == {}
        later = monotonic() + REFRESH_SECONDS + 1
        monkeypatch.setattr("pipeline.publishers.monotonic", lambda: later)
        assert set(known.current(work)) == {"shop"}


def test_events_of_publishers_are_handled_and_retried_as_theirs(pipeline: Pipeline) -> None:
    block(pipeline)
    _take(pipeline, _from("shop-us", event_of(placed(amazon_order_id="123-1234567-0000007"), "honest")))
    assert pipeline.order("123-1234567-0000007").amazon_status == "Pending"
    assert set(CONSUMERS.values()) > set(REQUESTS)
