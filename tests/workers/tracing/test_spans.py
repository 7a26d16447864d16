"""Traces: one order's way is one trace, from the upstream system's span to the calls of Commerce and Amazon."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from threading import Event

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from schemas.payloads import Payload
from schemas.product import Product
from tests.builders import HOME, ORDER_ID, STORE_ID, a_report, placed, shipped
from tests.doubles import FlakyGateways
from tests.harness import Pipeline, event_of, message_of
from tests.letters import LaterClock
from workers.consumer import Consumer
from workers.process.parts import Parts
from workers.process.traces import traced
from workers.relay import Relay

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
UPSTREAM = f"00-{TRACE}-00f067aa0ba902b7-01"
BUYER = {"name": "Erika Example", "email": "erika@example.com"}


@pytest.fixture
def collector() -> InMemorySpanExporter:
    """Collects the spans of a test."""
    return InMemorySpanExporter()


@pytest.fixture
def traced_parts(parts: Parts, collector: InMemorySpanExporter) -> Iterator[Parts]:
    """The parts of a process that makes traces."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(collector))
    tracer = provider.get_tracer("test")
    yield replace(parts, bus=traced(parts.bus, tracer), tracer=tracer)
    provider.shutdown()


@pytest.fixture
def traced_pipeline(traced_parts: Parts) -> Iterator[Pipeline]:
    """All consumers and the relay of that process."""
    with closing(Pipeline(traced_parts)) as opened:
        yield opened


def handle(pipeline: Pipeline, *payloads: Payload, traceparent: str = UPSTREAM) -> None:
    """Have events published that belong to a span of the upstream system, and handled with all that follows."""
    for payload in payloads:
        event = {**event_of(payload), "traceparent": traceparent}
        pipeline.publish([message_of(event, event["type"])])
        pipeline.drain()


def names(spans: Sequence[ReadableSpan]) -> set[str]:
    return {span.name for span in spans}


def trace_of(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.trace_id:032x}"


def test_one_orders_way_is_one_trace_from_upstream_to_the_calls_of_commerce_and_amazon(
    traced_pipeline: Pipeline, collector: InMemorySpanExporter
) -> None:
    traced_pipeline.stock(Product(sku="SKU-1", name="Thing one", quantity=10))
    collector.clear()
    handle(traced_pipeline, placed(), a_report("Unshipped"), shipped())
    spans = collector.get_finished_spans()
    assert {trace_of(span) for span in spans} == {TRACE}
    assert {
        "process order.placed",
        "process order.status_changed",
        "send import.requested",
        "process import.requested",
        "look_up_order",
        "create_order",
        "send order.imported",
        "process commerce.shipped",
        "process shipment.confirmation_requested",
        "confirm_shipment",
    } <= names(spans)
    assert len(spans) >= 6


def test_each_span_follows_from_the_one_that_caused_it(
    traced_pipeline: Pipeline, collector: InMemorySpanExporter
) -> None:
    traced_pipeline.stock(Product(sku="SKU-1", name="Thing one", quantity=10))
    collector.clear()
    handle(traced_pipeline, placed(), a_report("Unshipped"))
    spans = {span.name: span for span in collector.get_finished_spans()}
    by_id = {span.context.span_id: span.name for span in spans.values() if span.context}
    parents = {name: by_id.get(span.parent.span_id) for name, span in spans.items() if span.parent}
    assert parents["process import.requested"] == "process order.status_changed"
    assert parents["create_order"] == "process import.requested"
    assert parents["send order.imported"] == "process import.requested"
    assert spans["process order.placed"].parent
    assert spans["process order.placed"].parent.span_id == int("00f067aa0ba902b7", 16)
    assert [spans[name].kind for name in ("process order.placed", "create_order", "send order.imported")] == [
        SpanKind.CONSUMER,
        SpanKind.CLIENT,
        SpanKind.PRODUCER,
    ]


def test_no_span_has_personal_data(traced_pipeline: Pipeline, collector: InMemorySpanExporter) -> None:
    traced_pipeline.stock(Product(sku="SKU-1", name="Thing one", quantity=10))
    handle(traced_pipeline, placed(buyer=BUYER, shipping_address=HOME), a_report("Unshipped"))
    text = " ".join(span.to_json() for span in collector.get_finished_spans())
    assert ORDER_ID in text
    for personal in (*BUYER.values(), *filter(None, HOME.model_dump().values())):
        assert len(str(personal)) <= 2 or str(personal) not in text


def test_a_retry_and_what_comes_of_it_stay_in_the_trace(
    traced_parts: Parts, collector: InMemorySpanExporter, clock: LaterClock
) -> None:
    gateways = FlakyGateways(traced_parts.gateways)
    gateways.away = True
    importer = Consumer(replace(traced_parts, gateways=gateways).processor("importer"), traced_parts.bus, 100, 300)
    recorder = Consumer(traced_parts.processor("order-placed"), traced_parts.bus, 100, 300)
    event = {**event_of(placed(status="Unshipped")), "traceparent": UPSTREAM}
    traced_parts.bus.publish([message_of(event, "order.placed")]).wait(1.0)
    for consumer in (recorder, recorder, importer, importer):
        consumer.turn(Event())
    failed = [span for span in collector.get_finished_spans() if span.name == "look_up_order"]
    assert [trace_of(span) for span in failed] == [TRACE]
    assert not failed[0].status.is_ok
    clock.pass_time(hours=2)
    collector.clear()
    Relay(traced_parts.ledger, traced_parts.bus).turn()
    gateways.away = False
    importer.turn(Event())
    importer.turn(Event())
    again = collector.get_finished_spans()
    assert {"send import.requested", "look_up_order", "process import.requested"} <= names(again)
    assert {trace_of(span) for span in again} == {TRACE}
    importer.close()
    recorder.close()


def test_an_event_without_a_trace_or_with_a_wrong_one_begins_a_trace_of_its_own(
    traced_pipeline: Pipeline, collector: InMemorySpanExporter
) -> None:
    handle(traced_pipeline, placed(), traceparent="00-nothing")
    traced_pipeline.handle(placed(amazon_order_id="123-1234567-7654321"))
    traces = {trace_of(span) for span in collector.get_finished_spans() if span.name == "process order.placed"}
    assert len(traces) == 2
    assert TRACE not in traces


def test_without_tracing_the_upstreams_trace_is_passed_on_as_it_is(pipeline: Pipeline) -> None:
    handle(pipeline, placed(status="Unshipped"))
    (letter,) = pipeline.letters()
    with pipeline.ledger.read() as work:
        body = json.loads(work.dead_letters.message(letter.id).body)
    assert body["traceparent"] == UPSTREAM
    assert letter.store_id == STORE_ID


def test_without_the_setting_opentelemetry_is_not_imported() -> None:
    program = "import sys, cli.run; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_spans_that_could_not_be_handled_are_ended_when_the_event_comes_again(
    traced_parts: Parts, collector: InMemorySpanExporter
) -> None:
    processor = traced_parts.processor("order-placed")
    message = message_of({**event_of(placed(), "one"), "traceparent": UPSTREAM}, "order.placed")
    processor.begin([message])
    processor.begin([message]).finish()
    assert [span.name for span in collector.get_finished_spans()].count("process order.placed") == 2
