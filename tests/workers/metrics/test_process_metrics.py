"""The page of metrics: both formats, a registry of its own, and retries of the process."""

from collections.abc import Callable, Iterable
from threading import Event, Thread

import pytest
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from crossdock import __version__
from schemas.errors import RetryableError
from tests.harness import eventually
from tests.workers.metrics.samples import samples_of, values_of
from workers.metrics.process_metrics import ProcessMetrics
from workers.process.retry import retry_until_stopped

Parser = Callable[[str], Iterable[Metric]]


@pytest.mark.parametrize(
    ("accept", "content_type", "parse"),
    [
        ("", "text/plain", parse_text),
        ("*/*", "text/plain", parse_text),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text", parse_openmetrics),
    ],
)
def test_the_page_is_what_prometheus_reads_in_each_format(accept: str, content_type: str, parse: Parser) -> None:
    metrics = ProcessMetrics()
    metrics.events.labels("importer", "handled").inc(3)
    page = metrics.page(accept)
    values = values_of(parse(page.body.decode()))
    assert page.content_type.startswith(content_type)
    assert values["crossdock_events_total", (("consumer", "importer"), ("outcome", "handled"))] == 3
    assert values["crossdock_build", (("version", __version__),)] == 1


def test_the_metrics_of_a_process_are_in_no_registry_but_its_own() -> None:
    first, second = ProcessMetrics(), ProcessMetrics()
    first.relayed.labels("sent").inc()
    assert b'result="sent"' not in second.page().body
    assert not [family.name for family in REGISTRY.collect() if family.name.startswith("crossdock")]


def test_a_retry_is_a_metric_until_it_succeeds() -> None:
    metrics, stop, failing = ProcessMetrics(), Event(), [True]

    def work() -> None:
        if failing:
            raise RetryableError("The server is away.")

    waiting = Thread(target=retry_until_stopped, args=(work, "importer begins a batch", stop))
    waiting.start()
    try:
        eventually(lambda: b'operation="importer begins a batch"' in metrics.page().body, "it is retried")
        assert samples_of(metrics.registry)("crossdock_retrying_seconds", operation="importer begins a batch") >= 0
    finally:
        failing.clear()
        waiting.join(60)
    assert b"importer begins a batch" not in metrics.page().body
