"""The step: a batch is an economy, never a unit of failure."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from events.envelope import open_message
from events.names import NAMES
from gateways.simulated import SimulatedGateways
from gateways.simulator.catalog import Product
from handlers.decision import Decision, Handler, Known
from ledger.errors import LedgerUnavailableError, OrderChangedMeanwhileError
from ledger.ledger import Ledger
from ledger.selection import LetterFilter
from schemas.journal import HandledState
from schemas.letters import DeadLetter, LetterClass
from schemas.message import Message
from schemas.order import Order, ParcelItem
from schemas.payloads import ImportRequested, Payload, ShipmentConfirmationRequested
from schemas.status import ImportState, Status
from tests.builders import KEY, ORDER_ID, STORE_ID, a_report, an_item, changed, placed, shipped
from tests.pipeline import event_of, eventually, message_of, opened_parts
from tests.workers.doubles import Outside, away
from workers.assembly import Parts
from workers.relay import LEASE
from workers.step import Step
from workers.writing import Patience

OTHER_ID = "123-1234567-0000002"


def message(payload: Payload, event_id: str | None = None) -> Message:
    """What an upstream system sends."""
    return message_of(event_of(payload, event_id), NAMES[type(payload)])


def order_of(ledger: Ledger, amazon_order_id: str = ORDER_ID) -> Order | None:
    with ledger.read() as work:
        return work.queries.find_order(amazon_order_id)


def letters_of(ledger: Ledger) -> list[DeadLetter]:
    with ledger.read() as work:
        return work.queries.letters(LetterFilter())


def due_messages(ledger: Ledger) -> list[Message]:
    with ledger.begin() as work:
        return [claimed.message for claimed in work.claim_due(1000, LEASE)]


def state_of(ledger: Ledger, consumer: str, sent: Message) -> HandledState | None:
    key = open_message(sent).key
    with ledger.read() as work:
        row = work.handled(consumer, [key]).get(key)
    return row.state if row else None


def simulated(parts: Parts) -> SimulatedGateways:
    assert isinstance(parts.gateways, SimulatedGateways)
    return parts.gateways


def import_request() -> Message:
    return message(ImportRequested(**KEY))


@pytest.fixture
def outside(parts: Parts) -> Outside:
    return Outside(parts.gateways)


@pytest.fixture
def importer(ledger: Ledger, outside: Outside) -> Step:
    return Step("importer", ledger, outside, Patience())


@pytest.fixture
def importable(parts: Parts, ledger: Ledger) -> None:
    """An order that can be created, and its product."""
    simulated(parts).commerce.catalog.save([Product(sku="SKU-1", name="Thing", quantity=9)])
    parts.step("status-changed").take([message(a_report("Unshipped"))])


def test_an_event_seen_twice_is_handled_once_and_says_the_same_again(parts: Parts, ledger: Ledger) -> None:
    step, sent = parts.step("order-placed"), message(placed())
    first = step.take([sent, sent])
    again = step.take([sent])
    assert [one.name for one in first.follow_ups] == ["order.recorded"]
    assert again.follow_ups == first.follow_ups
    with ledger.read() as work:
        assert len(work.queries.history((STORE_ID, ORDER_ID))) == 1


def test_two_events_of_one_order_in_a_batch_are_decided_one_on_the_other(parts: Parts, ledger: Ledger) -> None:
    batch = [message(a_report("Unshipped")), message(changed("Shipped", minutes=2)), message(changed("Pending", 0.5))]
    parts.step("status-changed").take(batch)
    order = order_of(ledger)
    assert order is not None
    assert (order.status, order.version) == (Status.SHIPPED, 1)
    with ledger.read() as work:
        notes = [entry.note for entry in work.queries.history(order.key)]
    assert notes == [
        "Order recorded as Unshipped.",
        "Status updated to Shipped.",
        "A report that is late or was seen before changed nothing.",
    ]


class UnnamedPayload(Payload):
    """A payload that has no name on the wire: it cannot be sealed, so the transaction fails."""


def _faulty(fault: str) -> Handler:
    """Return a handler that meets a fault in the order that is to be harmed, and records nothing in others."""

    def is_harmed(event: Any) -> bool:
        return bool(event.amazon_order_id == ORDER_ID)

    def ask(known: Known, event: Any, answers: object) -> None:
        if fault == "asking" and is_harmed(event):
            raise ValueError("Test Buyer")

    def decide(known: Known, event: Any, answers: object) -> Decision:
        if fault == "deciding" and is_harmed(event):
            raise ValueError("Test Buyer")
        unsaid = (UnnamedPayload(),) if fault == "writing" and is_harmed(event) else ()
        return Decision(note="Seen.", follow_ups=unsaid)

    return Handler(decide, ask)


@pytest.mark.parametrize("fault", ["asking", "deciding", "writing"])
def test_an_event_that_meets_a_fault_is_set_aside_alone_and_its_text_is_not_repeated(
    parts: Parts, ledger: Ledger, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    step = parts.step("order-placed")
    step._handler = _faulty(fault)
    batch = [message(placed(amazon_order_id=one)) for one in (OTHER_ID, ORDER_ID, "123-1234567-0000003")]
    step.take(batch)
    states = [state_of(ledger, "order-placed", one) for one in batch]
    assert states == [HandledState.DONE, HandledState.FAILED, HandledState.DONE]
    (letter,) = letters_of(ledger)
    assert (letter.letter_class, letter.amazon_order_id) == (LetterClass.FAILED, ORDER_ID)
    assert "This is a fault in Crossdock." in letter.reason
    assert "Test Buyer" not in letter.reason + "".join(capsys.readouterr())


def test_a_batch_that_fails_is_taken_one_by_one_at_once_and_not_tried_a_second_time(parts: Parts) -> None:
    step, decided = parts.step("order-placed"), []
    faulty = _faulty("writing")

    def decide(known: Known, event: Any, answers: Any) -> Decision:
        decided.append(event.amazon_order_id)
        return faulty.decide(known, event, answers)

    step._handler = Handler(decide)
    step.take([message(placed(amazon_order_id=one)) for one in (ORDER_ID, OTHER_ID)])
    assert decided == [ORDER_ID, OTHER_ID, ORDER_ID, OTHER_ID]


def test_a_ledger_that_is_away_lets_nothing_be_handled_and_a_repetition_does_no_harm(
    parts: Parts, ledger: Ledger
) -> None:
    batch = [message(placed()), message_of(b"{not json", "order.placed")]
    for failures in (1, 2):
        with pytest.raises(LedgerUnavailableError):
            Step("order-placed", away(ledger, failures), parts.gateways, Patience()).take(batch)
    assert (order_of(ledger), letters_of(ledger)) == (None, [])
    parts.step("order-placed").take(batch)
    assert order_of(ledger) is not None
    assert len(letters_of(ledger)) == 1


def test_a_ledger_that_is_away_is_not_asked_again_for_each_event(parts: Parts, ledger: Ledger) -> None:
    batch = [message(placed(amazon_order_id=one)) for one in (ORDER_ID, OTHER_ID)]
    with pytest.raises(LedgerUnavailableError):
        Step("order-placed", away(ledger, 1), parts.gateways, Patience()).take(batch)
    assert order_of(ledger) is None


def test_a_lost_race_is_run_again_at_once(parts: Parts, ledger: Ledger) -> None:
    raced = away(ledger, 3, OrderChangedMeanwhileError("Another process wrote the same rows first."))
    Step("order-placed", raced, parts.gateways, Patience()).take([message(placed())])
    assert order_of(ledger) is not None


def test_races_that_are_lost_without_end_are_given_back_to_the_consumer(parts: Parts, ledger: Ledger) -> None:
    raced = away(ledger, 10**6, OrderChangedMeanwhileError("Another process wrote the same rows first."))
    with pytest.raises(OrderChangedMeanwhileError):
        Step("order-placed", raced, parts.gateways, Patience()).take([message(placed())])


def test_an_answer_counts_only_for_the_order_that_was_asked_about(
    parts: Parts, ledger: Ledger, outside: Outside
) -> None:
    """While Amazon is told of a parcel with all that is left, another parcel turns out to hold a part of it."""
    items = (an_item(1, quantity=2),)
    parts.step("status-changed").take([message(a_report("Unshipped", items=items))])
    parts.step("commerce-shipped").take([message(shipped("parcel-1"))])
    other = [message(shipped("parcel-2", minutes=50, items={"item-1": 1}))]

    def ship_once() -> None:
        if other:
            parts.step("commerce-shipped").take([other.pop()])

    outside.meanwhile = ship_once
    request = message(ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1"))
    Step("confirmer", ledger, outside, Patience()).take([request])
    (told,) = simulated(parts).amazon.orders()
    assert told.told == {"item-1": 1}
    order = order_of(ledger)
    assert order is not None
    confirmed = {parcel.shipment_id: parcel.confirmed_items for parcel in order.parcels}
    assert confirmed == {"parcel-1": (ParcelItem(order_item_id="item-1", quantity=1),), "parcel-2": None}


@pytest.mark.usefixtures("importable")
def test_an_order_that_amazon_cancels_while_commerce_creates_it_does_not_stay_open_there(
    parts: Parts, ledger: Ledger, outside: Outside, importer: Step
) -> None:
    canceled = [message(changed("Canceled", minutes=5))]

    def cancel_once() -> None:
        if canceled:
            parts.step("status-changed").take([canceled.pop()])

    outside.meanwhile = cancel_once
    said = importer.take([import_request()]).follow_ups
    parts.step("commerce-canceller").take([one for one in said if one.name == "commerce.cancel_requested"])
    order = order_of(ledger)
    assert order is not None
    assert order.import_state is ImportState.CANCELED
    made = simulated(parts).commerce.orders()
    assert [one.state for one in made if one.number] in ([], ["canceled"])


@pytest.mark.usefixtures("importable")
def test_what_the_outside_refuses_for_now_is_put_off_and_not_taken_as_handled(
    ledger: Ledger, outside: Outside, importer: Step
) -> None:
    outside.away, outside.retry_after = True, 900.0
    sent = import_request()
    outcome = importer.take([sent])
    assert (outcome.put_off, outcome.handled, outcome.follow_ups) == (1, 1, [])
    assert state_of(ledger, "importer", sent) is None
    with ledger.read() as work:
        due = work.next_due()
    assert due is not None
    assert timedelta(seconds=880) < due - datetime.now(UTC) < timedelta(seconds=900 * 1.2)
    outside.away = False
    importer.take([sent])
    order = order_of(ledger)
    assert order is not None
    assert order.import_state is ImportState.IMPORTED


@pytest.mark.usefixtures("importable")
def test_the_later_try_of_an_event_counts_when_two_come_together(
    ledger: Ledger, outside: Outside, importer: Step
) -> None:
    """A delivery that was not acknowledged comes again beside its own retry: the retry after that must not get lost."""
    outside.away = True
    sent = import_request()
    retry = sent._replace(headers={"attempt": 1})
    for batch in ([sent], [sent, retry]):
        importer.take(batch)
    with ledger.read() as work:
        attempts = work._tx.connection.exec_driver_sql("SELECT attempt FROM outbox ORDER BY attempt").scalars()
        assert list(attempts) == [1, 2]


def test_an_event_before_its_order_waits_and_is_let_through_when_the_order_is_recorded(
    parts: Parts, ledger: Ledger
) -> None:
    sent = message(shipped())
    assert parts.step("commerce-shipped").take([sent]).follow_ups == []
    assert state_of(ledger, "commerce-shipped", sent) is HandledState.WAITING
    assert due_messages(ledger) == []
    parts.step("order-placed").take([message(placed())])
    (released,) = due_messages(ledger)
    assert (released.to, released.epoch) == ("commerce-shipped", 1)
    parts.step("commerce-shipped").take([released])
    assert state_of(ledger, "commerce-shipped", sent) is HandledState.DONE
    order = order_of(ledger)
    assert order is not None
    assert order.status is Status.SHIPPED


def test_all_early_events_of_publishers_that_set_no_message_id_are_let_through(parts: Parts, ledger: Ledger) -> None:
    early = [message(shipped(f"parcel-{number}"), event_id="1") for number in range(3)]
    bodies = [one.body.replace(b"/upstream", f"/upstream/{number}".encode()) for number, one in enumerate(early)]
    parts.step("commerce-shipped").take([one._replace(body=body) for one, body in zip(early, bodies, strict=True)])
    parts.step("order-placed").take([message(placed())])
    assert len(due_messages(ledger)) == 3


def test_an_event_whose_order_is_recorded_later_in_its_own_batch_is_not_left_waiting(
    parts: Parts, ledger: Ledger
) -> None:
    batch = [message(changed("Shipped", minutes=5)), message(a_report("Unshipped"))]
    step = parts.step("status-changed")
    step.take(batch)
    step.take(due_messages(ledger))
    order = order_of(ledger)
    assert order is not None
    assert order.status is Status.SHIPPED


def test_an_event_whose_order_another_process_is_recording_is_not_left_waiting(database_url: str) -> None:
    """It looks for the order before that is committed, and finds it when its turn comes."""
    with opened_parts("memory://", database_url) as parts, ThreadPoolExecutor(1) as beside:
        recorder, early = parts.step("order-placed"), []
        decide = recorder._handler.decide

        def decide_while_another_looks(known: Known, event: Any, answers: Any) -> Decision:
            early.append(beside.submit(parts.step("commerce-shipped").take, [message(shipped())]))
            eventually(lambda: bool(who_waits(database_url)), "the other looks for the order")
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
