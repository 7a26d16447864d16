"""External requests of a batch to Amazon and Commerce, and answers that are outdated or fail."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.ledger import Ledger
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.order import ParcelItem
from schemas.payloads import ShipmentConfirmationRequested
from schemas.product import Product
from schemas.status import ImportState
from tests.builders import KEY, a_report, an_item, changed, shipped
from tests.doubles import FlakyGateways
from tests.pipeline.test_processor import import_request, message, order_of, simulated, state_of
from workers.process.parts import Parts


@pytest.fixture
def outside(parts: Parts) -> FlakyGateways:
    return FlakyGateways(parts.gateways)


@pytest.fixture
def importer(ledger: Ledger, outside: FlakyGateways) -> BatchProcessor:
    return BatchProcessor("importer", ledger, outside, Deadlines())


@pytest.fixture
def importable(parts: Parts, ledger: Ledger) -> None:
    """An order that can be created, and its product."""
    simulated(parts).commerce.catalog.save([Product(sku="SKU-1", name="Thing", quantity=9)])
    parts.processor("status-changed").take([message(a_report("Unshipped"))])


def test_an_answer_counts_only_for_the_order_that_was_asked_about(
    parts: Parts, ledger: Ledger, outside: FlakyGateways
) -> None:
    """While Amazon confirms a parcel with all remaining items, another parcel with some of them is reported."""
    items = (an_item(1, quantity=2),)
    parts.processor("status-changed").take([message(a_report("Unshipped", items=items))])
    parts.processor("commerce-shipped").take([message(shipped("parcel-1"))])
    other = [message(shipped("parcel-2", minutes=50, items={"item-1": 1}))]

    def ship_once() -> None:
        if other:
            parts.processor("commerce-shipped").take([other.pop()])

    outside.meanwhile = ship_once
    request = message(ShipmentConfirmationRequested(**KEY, shipment_id="parcel-1"))
    BatchProcessor("confirmer", ledger, outside, Deadlines()).take([request])
    (amazon_order,) = simulated(parts).amazon.orders()
    assert amazon_order.confirmed == {"item-1": 1}
    order = order_of(ledger)
    assert order is not None
    confirmed = {parcel.shipment_id: parcel.confirmed_items for parcel in order.parcels}
    assert confirmed == {"parcel-1": (ParcelItem(order_item_id="item-1", quantity=1),), "parcel-2": None}


@pytest.mark.usefixtures("importable")
def test_an_order_that_amazon_cancels_while_commerce_creates_it_does_not_stay_open_there(
    parts: Parts, ledger: Ledger, outside: FlakyGateways, importer: BatchProcessor
) -> None:
    canceled = [message(changed("Canceled", minutes=5))]

    def cancel_once() -> None:
        if canceled:
            parts.processor("status-changed").take([canceled.pop()])

    outside.meanwhile = cancel_once
    follow_ups = importer.take([import_request()]).follow_ups
    parts.processor("commerce-canceller").take(
        [follow_up for follow_up in follow_ups if follow_up.name == "commerce.cancel_requested"]
    )
    order = order_of(ledger)
    assert order is not None
    assert order.import_state is ImportState.CANCELED
    made = simulated(parts).commerce.orders()
    assert [one.state for one in made if one.number] in ([], ["canceled"])


@pytest.mark.usefixtures("importable")
def test_an_event_that_an_external_system_refuses_for_now_is_deferred_and_not_handled(
    ledger: Ledger, outside: FlakyGateways, importer: BatchProcessor
) -> None:
    outside.away, outside.retry_after = True, 900.0
    sent, begun = import_request(), datetime.now(UTC)
    outcome = importer.take([sent])
    assert (outcome.deferred, outcome.handled, outcome.follow_ups) == (1, 1, [])
    assert state_of(ledger, "importer", sent) is None
    with ledger.read() as work:
        due = work.outbox.next_due()
    assert due is not None
    assert due - begun >= timedelta(seconds=900)
    assert due - datetime.now(UTC) < timedelta(seconds=900 * 1.2)
    outside.away = False
    importer.take([sent])
    order = order_of(ledger)
    assert order is not None
    assert order.import_state is ImportState.IMPORTED


@pytest.mark.usefixtures("importable")
def test_events_of_one_order_in_one_batch_make_no_more_requests_than_one_alone(
    parts: Parts, importer: BatchProcessor, outside: FlakyGateways
) -> None:
    """Together they would find no order in Commerce, each, and create it, each."""
    outcome = importer.take([import_request() for _ in range(5)])
    (made,) = simulated(parts).commerce.orders()
    assert made.number
    assert (outcome.handled, outside.asked) == (5, 2), "one to look for the order, one to create it"


@pytest.mark.usefixtures("importable")
def test_a_request_that_is_refused_for_now_is_not_repeated_for_the_same_order(
    importer: BatchProcessor, outside: FlakyGateways
) -> None:
    outside.away = True
    outcome = importer.take([import_request() for _ in range(5)])
    assert (outcome.deferred, outside.asked) == (5, 1)


@pytest.mark.usefixtures("importable")
def test_the_later_retry_of_an_event_counts_when_two_are_in_one_batch(
    ledger: Ledger, outside: FlakyGateways, importer: BatchProcessor
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


@pytest.mark.usefixtures("importable")
def test_a_delivery_repeated_after_its_retry_was_sent_is_retried_again(
    ledger: Ledger, outside: FlakyGateways, importer: BatchProcessor
) -> None:
    """The retry may be lost, or the delivery resent for it: nothing else would ever retry the event."""
    outside.away = True
    sent = import_request()
    importer.take([sent])
    with ledger.begin() as work:
        rows = work._tx.connection.exec_driver_sql("SELECT id FROM outbox").scalars().all()
        work.outbox.mark_sent(rows)
        assert work.outbox.next_due() is None
    importer.take([sent])
    with ledger.read() as work:
        assert work.outbox.next_due()
