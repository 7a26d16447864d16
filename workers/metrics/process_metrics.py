"""The metrics that a process counts by itself, in a registry of its own. Labels have names of fixed sets only.

Loops count once a batch or a request, never once an event.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from crossdock import __version__
from workers.process.retry import outages

STEP_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
HTTP_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
"""Few: there are as many series for each route, method and status."""

BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class Page:
    """The metrics as text, and its content type."""

    content_type: str
    body: bytes


class ProcessMetrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        """Start at zero."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_Outages())
        Gauge("crossdock_build", "The version of this process; always 1.", ["version"], registry=self.registry).labels(
            __version__
        ).set(1)
        self.events = self._counter("crossdock_events", "Events by their outcome.", "consumer", "outcome")
        self.batch_sizes = self._histogram(
            "crossdock_batch_messages", "Messages of a batch.", BATCH_BUCKETS, "consumer"
        )
        self.steps = self._histogram(
            "crossdock_step_seconds",
            "Time of a batch in a step: begin (look up, decide, write), commit, confirm (of its follow-ups).",
            STEP_BUCKETS,
            "consumer",
            "step",
        )
        self.message_age = self._gauge(
            "crossdock_message_age_seconds",
            "Age of the oldest message of the batch in hand, since its publication; 0 when none waits.",
            "consumer",
        )
        self.breakers = self._gauge(
            "crossdock_circuit_breaker_open", "1 while the consumer pauses for an external system.", "consumer"
        )
        self.requests = self._histogram(
            "crossdock_external_request_seconds",
            "Time of a request to Amazon or Commerce until its result, waits for its turn included.",
            STEP_BUCKETS,
            "request",
            "outcome",
        )
        self.relayed = self._counter(
            "crossdock_relayed_messages", "Messages of the outbox that the relay published, by result.", "result"
        )

        self.http_requests = self._histogram(
            "crossdock_http_request_seconds",
            "Time of a request to the console or the API until its answer began.",
            HTTP_BUCKETS,
            "method",
            "route",
            "status",
        )

    def count_http_request(self, method: str, route: str, status: str, seconds: float) -> None:
        """Count a request to the console or the API."""
        self.http_requests.labels(method, route, status).observe(seconds)

    def page(self, accept: str = "") -> Page:
        """Return all metrics, in the format that an `Accept` header prefers: Prometheus' text, or OpenMetrics."""
        encode, content_type = choose_encoder(accept)
        return Page(content_type, encode(self.registry))

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        return Counter(name, help_text, labels, registry=self.registry)

    def _gauge(self, name: str, help_text: str, *labels: str) -> Gauge:
        return Gauge(name, help_text, labels, registry=self.registry)

    def _histogram(self, name: str, help_text: str, buckets: Iterable[float], *labels: str) -> Histogram:
        return Histogram(name, help_text, labels, buckets=tuple(buckets), registry=self.registry)


class _Outages:
    """The retries under way in the loops of this process."""

    def collect(self) -> Iterable[Metric]:
        family = GaugeMetricFamily(
            "crossdock_retrying_seconds", "Time since which an operation fails and is retried.", labels=["operation"]
        )
        for operation, seconds in outages().items():
            family.add_metric([operation], seconds)
        yield family
