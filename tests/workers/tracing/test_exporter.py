"""Sending spans to a collector: by OTLP over HTTP, and without harm when it is away."""

import sys
from time import monotonic

import pytest

from schemas.errors import SettingsError
from schemas.settings import Settings
from tests.gateways.http.server import answer, serving
from tests.harness import SOON
from workers.process.traces import opened_tracer


def test_spans_are_sent_to_the_collector_by_the_end_of_the_process() -> None:
    with serving(answer(200, b"", "application/x-protobuf")) as collector:
        settings = Settings(traces_url=f"{collector.url}/v1/traces")
        with opened_tracer(settings, "crossdock importer") as tracer:
            assert tracer is not None
            tracer.start_span("process order.placed").end()
        (request,) = collector.requests
    assert (request.method, request.target) == ("POST", "/v1/traces")
    assert request.headers["content-type"] == "application/x-protobuf"
    assert b"process order.placed" in request.body or request.headers.get("content-encoding") == "gzip"
    assert b"crossdock importer" in request.body or request.headers.get("content-encoding") == "gzip"


def test_a_collector_that_is_away_ends_no_process_and_delays_its_end_by_seconds_only() -> None:
    begun = monotonic()
    with opened_tracer(Settings(traces_url="http://127.0.0.1:1/v1/traces"), "crossdock importer") as tracer:
        assert tracer is not None
        tracer.start_span("process order.placed").end()
    assert monotonic() - begun < SOON


def test_the_setting_without_the_packages_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "workers.tracing.exporter", None)
    with (
        pytest.raises(SettingsError, match=r"crossdock\[tracing\]"),
        opened_tracer(Settings(traces_url="http://127.0.0.1:1/"), "crossdock importer"),
    ):
        pass


def test_no_setting_makes_no_tracer() -> None:
    with opened_tracer(Settings(), "crossdock importer") as tracer:
        assert tracer is None
