"""The batch processor: a batch saves round trips, and never fails as a whole."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from events.envelope import decode
from events.registry import NAMES
from gateways.simulator.gateways import SimulatedGateways
from handlers.decision import Decision, Handler, OrderContext
from ledger.errors import LedgerUnavailableError, OrderChangedMeanwhileError
from ledger.ledger import Ledger
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.dead_letters import DeadLetter, DeadLetterType, LetterFilter
from schemas.history import InboxState
from schemas.message import Message
from schemas.order import Order
from schemas.payloads import ImportRequested, Payload
from schemas.status import Status
from tests.builders import KEY, ORDER_ID, STORE_ID, a_report, changed, placed, shipped
from tests.doubles import away
from tests.harness import event_of, eventually, message_of, opened_parts
from workers.process.parts import Parts
from workers.relay import LEASE

OTHER_ID = "123-1234567-0000002"


def message(payload: Payload, event_id: str | None = None) -> Message:
    """The message that an upstream system publishes."""
    return message_of(event_of(payload, event_id), NAMES[type(payload)])


def order_of(ledger: Ledger, amazon_order_id: str = ORDER_ID) -> Order | None:
    with ledger.read() as work:
        return work.orders.find(amazon_order_id)


def letters_of(ledger: Ledger) -> list[DeadLetter]:
    with ledger.read() as work:
        return work.dead_letters.latest(LetterFilter())


def due_messages(ledger: Ledger) -> list[Message]:
    with ledger.begin() as work:
        return [claimed.message for claimed in work.outbox.claim_due(1000, LEASE)]


def state_of(ledger: Ledger, consumer: str, sent: Message) -> InboxState | None:
    key = decode(sent).key
    with ledger.read() as work:
        row = work.inbox.find(consumer, [key]).get(key)
    return row.state if row else None


def simulated(parts: Parts) -> SimulatedGateways:
    assert isinstance(parts.gateways, SimulatedGateways)
    return parts.gateways


def import_request() -> Message:
    return message(ImportRequested(**KEY))


def test_an_event_delivered_twice_is_handled_once_and_has_the_same_follow_ups(parts: Parts, ledger: Ledger) -> None:
    processor, sent = parts.processor("order-placed"), message(placed())
    first = processor.take([sent, sent])
    again = processor.take([sent])
    assert [one.name for one in first.follow_ups] == ["order.recorded"]
    assert again.follow_ups == first.follow_ups
    with ledger.read() as work:
        assert len(work.history.of_order((STORE_ID, ORDER_ID))) == 1


def test_an_event_that_failed_is_not_handled_again_when_it_is_repeated(parts: Parts, ledger: Ledger) -> None:
    processor, sent = parts.processor("importer"), import_request()
    processor.take([sent])
    processor.take([sent])
    assert [letter.attempts for letter in letters_of(ledger)] == [1], "its order is not recorded"


def test_of_copies_in_one_batch_the_one_of_the_highest_epoch_counts(parts: Parts, ledger: Ledger) -> None:
    processor, sent = parts.processor("importer"), import_request()
    processor.take([sent])
    processor.take([sent._replace(headers={"attempt": 3}), sent._replace(headers={"epoch": 1})])
    assert [letter.attempts for letter in letters_of(ledger)] == [2], "it failed again"


def test_two_events_of_one_order_in_a_batch_are_decided_one_on_the_other(parts: Parts, ledger: Ledger) -> None:
    batch = [message(a_report("Unshipped")), message(changed("Shipped", minutes=2)), message(changed("Pending", 0.5))]
    parts.processor("status-changed").take(batch)
    order = order_of(ledger)
    assert order is not None
    assert (order.status, order.version) == (Status.SHIPPED, 1)
    with ledger.read() as work:
        notes = [entry.note for entry in work.history.of_order(order.key)]
    assert notes == [
        "Order recorded as Unshipped.",
        "Status updated to Shipped.",
        "A late or repeated report changed nothing.",
    ]


class UnnamedPayload(Payload):
    """A payload that has no event type: it cannot be encoded, so the transaction fails."""


def _faulty(fault: str) -> Handler:
    """Return a handler that raises for one order, and only writes a note for others."""

    def is_harmed(event: Any) -> bool:
        return bool(event.amazon_order_id == ORDER_ID)

    def ask(known: OrderContext, event: Any, answers: object) -> None:
        if fault == "asking" and is_harmed(event):
            raise ValueError("Test Buyer")

    def decide(known: OrderContext, event: Any, answers: object) -> Decision:
        if fault == "deciding" and is_harmed(event):
            raise ValueError("Test Buyer")
        unsaid = (UnnamedPayload(),) if fault == "writing" and is_harmed(event) else ()
        return Decision(note="Seen.", follow_ups=unsaid)

    return Handler(decide, ask)


@pytest.mark.parametrize("fault", ["asking", "deciding", "writing"])
def test_an_event_that_meets_a_fault_is_dead_lettered_alone_without_the_text_of_the_fault(
    parts: Parts, ledger: Ledger, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    processor = parts.processor("order-placed")
    processor._handler = _faulty(fault)
    batch = [message(placed(amazon_order_id=one)) for one in (OTHER_ID, ORDER_ID, "123-1234567-0000003")]
    processor.take(batch)
    states = [state_of(ledger, "order-placed", one) for one in batch]
    assert states == [InboxState.DONE, InboxState.FAILED, InboxState.DONE]
    (letter,) = letters_of(ledger)
    assert (letter.letter_type, letter.amazon_order_id) == (DeadLetterType.FAILED, ORDER_ID)
    assert "This is a fault in Crossdock." in letter.reason
    assert "Test Buyer" not in letter.reason + "".join(capsys.readouterr())


def test_the_events_of_a_batch_that_fails_are_retried_one_by_one_at_once(parts: Parts) -> None:
    processor, decided = parts.processor("order-placed"), []
    faulty = _faulty("writing")

    def decide(known: OrderContext, event: Any, answers: Any) -> Decision:
        decided.append(event.amazon_order_id)
        return faulty.decide(known, event, answers)

    processor._handler = Handler(decide)
    processor.take([message(placed(amazon_order_id=one)) for one in (ORDER_ID, OTHER_ID)])
    assert decided == [ORDER_ID, OTHER_ID, ORDER_ID, OTHER_ID]


def test_an_event_is_not_lost_by_an_invalid_one_of_the_same_id_after_it(parts: Parts, ledger: Ledger) -> None:
    good, processor = message(placed(), event_id="same"), parts.processor("order-placed")
    document = json.loads(good.body)
    wrong = message_of(json.dumps(document | {"data": {"store_id": STORE_ID}}).encode(), "order.placed")
    processor.take([good, wrong])
    assert order_of(ledger) is not None
    (letter,) = letters_of(ledger)
    assert letter.reason.startswith('Two events with other contents have the id "same"')


def test_no_event_is_handled_while_the_ledger_is_unavailable_and_a_repetition_is_harmless(
    parts: Parts, ledger: Ledger
) -> None:
    batch = [message(placed()), message_of(b"{not json", "order.placed")]
    for failures in (1, 2):
        with pytest.raises(LedgerUnavailableError):
            BatchProcessor("order-placed", away(ledger, failures), parts.gateways, Deadlines()).take(batch)
    assert (order_of(ledger), letters_of(ledger)) == (None, [])
    parts.processor("order-placed").take(batch)
    assert order_of(ledger) is not None
    assert len(letters_of(ledger)) == 1


def test_an_unavailable_ledger_is_not_retried_for_each_event(parts: Parts, ledger: Ledger) -> None:
    batch = [message(placed(amazon_order_id=one)) for one in (ORDER_ID, OTHER_ID)]
    with pytest.raises(LedgerUnavailableError):
        BatchProcessor("order-placed", away(ledger, 1), parts.gateways, Deadlines()).take(batch)
    assert order_of(ledger) is None


def test_a_lost_race_is_retried_at_once(parts: Parts, ledger: Ledger) -> None:
    raced = away(ledger, 3, OrderChangedMeanwhileError("Another process wrote the same rows first."))
    BatchProcessor("order-placed", raced, parts.gateways, Deadlines()).take([message(placed())])
    assert order_of(ledger) is not None


def test_races_that_are_lost_without_end_are_raised_to_the_consumer(parts: Parts, ledger: Ledger) -> None:
    raced = away(ledger, 10**6, OrderChangedMeanwhileError("Another process wrote the same rows first."))
    with pytest.raises(OrderChangedMeanwhileError):
        BatchProcessor("order-placed", raced, parts.gateways, Deadlines()).take([message(placed())])


def test_an_event_before_its_order_is_deferred_and_requeued_when_the_order_is_recorded(
    parts: Parts, ledger: Ledger
) -> None:
    sent = message(shipped())
    assert parts.processor("commerce-shipped").take([sent]).follow_ups == []
    assert state_of(ledger, "commerce-shipped", sent) is InboxState.DEFERRED
    assert due_messages(ledger) == []
    parts.processor("order-placed").take([message(placed())])
    (released,) = due_messages(ledger)
    assert (released.to, released.epoch) == ("commerce-shipped", 1)
    parts.processor("commerce-shipped").take([released])
    assert state_of(ledger, "commerce-shipped", sent) is InboxState.DONE
    order = order_of(ledger)
    assert order is not None
    assert order.status is Status.SHIPPED


def test_all_early_events_of_publishers_that_set_no_message_id_are_requeued(parts: Parts, ledger: Ledger) -> None:
    early = [message(shipped(f"parcel-{number}"), event_id="1") for number in range(3)]
    bodies = [one.body.replace(b"/upstream", f"/upstream/{number}".encode()) for number, one in enumerate(early)]
    parts.processor("commerce-shipped").take([one._replace(body=body) for one, body in zip(early, bodies, strict=True)])
    parts.processor("order-placed").take([message(placed())])
    assert len(due_messages(ledger)) == 3


def test_an_event_whose_order_is_recorded_later_in_its_own_batch_is_not_left_deferred(
    parts: Parts, ledger: Ledger
) -> None:
    batch = [message(changed("Shipped", minutes=5)), message(a_report("Unshipped"))]
    processor = parts.processor("status-changed")
    processor.take(batch)
    processor.take(due_messages(ledger))
    order = order_of(ledger)
    assert order is not None
    assert order.status is Status.SHIPPED


def test_an_event_whose_order_another_process_is_recording_is_not_left_deferred(migrated_database_url: str) -> None:
    """It looks for the order before that is committed, and finds it when its turn comes."""
    with opened_parts("memory://", migrated_database_url) as parts, ThreadPoolExecutor(1) as beside:
        recorder, early = parts.processor("order-placed"), []
        decide = recorder._handler.decide

        def decide_while_another_looks(known: OrderContext, event: Any, answers: Any) -> Decision:
            early.append(beside.submit(parts.processor("commerce-shipped").take, [message(shipped())]))
            eventually(lambda: bool(who_waits(migrated_database_url)), "the other looks for the order")
            return decide(known, event, answers)

        recorder._handler = Handler(decide_while_another_looks)
        recorder.take([message(placed())])
        early[0].result()
        order = order_of(parts.ledger)
        assert order is not None
        assert order.status is Status.SHIPPED


def who_waits(database_url: str) -> list[int]:
    """Return the processes of this database's server that wait for a lock in it."""
    with psycopg.connect(database_url) as connection:
        waiting = connection.execute(
            "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE datname = current_database() AND NOT granted"
        )
        return [pid for (pid,) in waiting.fetchall()]
