"""Sends spans to a collector, by OTLP over HTTP, in a thread of its own. A collector that is away holds up nothing."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer

from crossdock import __version__


@contextmanager
def exporting(url: str, process: str) -> Iterator[Tracer]:
    """Give a tracer whose spans are sent to *url*, named by the process; those that are left are sent at the end.

    OpenTelemetry's own variables count too, such as OTEL_TRACES_SAMPLER and OTEL_EXPORTER_OTLP_HEADERS.
    """
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)  # it would warn at each try while the collector is away
    resource = Resource.create(
        {"service.name": "crossdock", "service.version": __version__, "crossdock.process": process}
    )
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url, timeout=5)))
    try:
        yield provider.get_tracer("crossdock", __version__)
    finally:
        provider.shutdown()
