"""Counts of consumers and relay: each event once, by its outcome."""

from threading import Event

from schemas.product import Product
from tests.builders import a_report, changed, placed, shipped
from tests.doubles import FlakyGateways
from tests.harness import Pipeline, message_of
from tests.pipeline.test_processor import message
from tests.workers.metrics.samples import samples_of
from workers.circuit_breaker import FAILED_EVENTS
from workers.consumer import Consumer
from workers.jobs import complete_shipped
from workers.process.parts import Parts


def test_each_event_counts_once_by_what_became_of_it(pipeline: Pipeline) -> None:
    pipeline.handle(shipped())
    pipeline.handle(placed(), a_report("Unshipped"))
    pipeline.publish([message_of(b"no event", "order.placed")] * 2)
    pipeline.consumers["order-placed"].turn(Event())
    value = samples_of(pipeline.parts.metrics.registry)
    events = "crossdock_events_total"
    assert value(events, consumer="commerce-shipped", outcome="early") == 1
    assert value(events, consumer="commerce-shipped", outcome="handled") == 1
    assert value(events, consumer="order-placed", outcome="handled") == 1
    assert value(events, consumer="order-placed", outcome="dead_lettered") == 2
    assert value(events, consumer="importer", outcome="blocked") == 1
    assert value(events, consumer="importer", outcome="deferred") == 0


def test_an_event_that_comes_twice_counts_as_repeated(parts: Parts) -> None:
    consumer = Consumer(parts.processor("order-placed"), parts.bus, 100, 300, parts.metrics)
    parts.bus.publish([message(placed(), "one"), message(placed(), "one")]).wait(1.0)
    consumer.turn(Event())
    consumer.turn(Event())
    parts.bus.publish([message(placed(), "one")]).wait(1.0)
    consumer.turn(Event())
    consumer.turn(Event())
    consumer.close()
    value = samples_of(parts.metrics.registry)
    counted = {
        outcome: value("crossdock_events_total", consumer="order-placed", outcome=outcome)
        for outcome in ("handled", "repeated")
    }
    assert sum(counted.values()) == 3
    assert counted["handled"] >= 1
    assert counted["repeated"] >= 1


def test_a_batch_has_its_size_and_the_times_of_its_steps(pipeline: Pipeline) -> None:
    pipeline.handle(*(placed(amazon_order_id=f"123-1234567-{number:07}") for number in range(7)))
    value = samples_of(pipeline.parts.metrics.registry)
    assert value("crossdock_batch_messages_sum", consumer="order-placed") == 7
    batches = value("crossdock_batch_messages_count", consumer="order-placed")
    for step in ("begin", "commit", "confirm"):
        assert value("crossdock_step_seconds_count", consumer="order-placed", step=step) == batches
        assert value("crossdock_step_seconds_sum", consumer="order-placed", step=step) > 0


def test_the_age_of_the_oldest_message_is_known_until_none_waits(parts: Parts) -> None:
    consumer = Consumer(parts.processor("order-placed"), parts.bus, 100, 300, parts.metrics)
    parts.bus.publish([message(placed())]).wait(1.0)
    Event().wait(0.02)  # an age, and no condition to wait for
    consumer.turn(Event())
    age = samples_of(parts.metrics.registry)("crossdock_message_age_seconds", consumer="order-placed")
    consumer.turn(Event())
    assert age >= 0.02
    assert samples_of(parts.metrics.registry)("crossdock_message_age_seconds", consumer="order-placed") == 0
    consumer.close()


def test_requests_to_amazon_and_commerce_are_counted_by_kind_and_result(pipeline: Pipeline) -> None:
    pipeline.stock(Product(sku="SKU-1", name="Thing one", quantity=10))
    pipeline.handle(placed(), a_report("Unshipped"), shipped())
    pipeline.run_jobs(complete_shipped)
    value = samples_of(pipeline.parts.metrics.registry)
    for request in ("look_up_order", "create_order", "confirm_shipment", "complete_order"):
        assert value("crossdock_external_request_seconds_count", request=request, outcome="answered") >= 1


def test_an_open_circuit_breaker_is_a_metric_until_it_closes(parts: Parts) -> None:
    gateways = FlakyGateways(parts.gateways)
    away = Parts(parts.settings, parts.ledger, parts.bus, gateways, metrics=parts.metrics)
    recorder = Consumer(parts.processor("order-placed"), parts.bus, 100, 300)
    importer = Consumer(away.processor("importer"), parts.bus, 100, 300, parts.metrics)
    orders = [f"123-1234567-{number:07}" for number in range(FAILED_EVENTS + 1)]
    parts.bus.publish([message(placed(amazon_order_id=order, status="Unshipped")) for order in orders]).wait(1.0)
    recorder.turn(Event())
    recorder.turn(Event())
    recorder.close()
    gateways.away = True
    importer._batch = 1
    for _ in range(FAILED_EVENTS):
        importer.turn(Event())
    value = samples_of(parts.metrics.registry)
    assert value("crossdock_circuit_breaker_open", consumer="importer") == 1
    assert value("crossdock_events_total", consumer="importer", outcome="deferred") == FAILED_EVENTS
    assert (
        value("crossdock_external_request_seconds_count", request="look_up_order", outcome="deferred") == FAILED_EVENTS
    )
    gateways.away = False
    importer.turn(Event())
    importer.close()
    assert samples_of(parts.metrics.registry)("crossdock_circuit_breaker_open", consumer="importer") == 0


def test_no_label_has_personal_data_or_an_id(pipeline: Pipeline) -> None:
    pipeline.stock(Product(sku="SKU-1", name="Thing one", quantity=10))
    pipeline.handle(placed(), a_report("Unshipped"), changed("Unshipped", 2))
    page = pipeline.parts.metrics.page().body.decode()
    order = pipeline.order()
    assert order.amazon_order_id not in page
    assert order.store_id not in {part for line in page.splitlines() for part in line.split('"')[1::2]}
