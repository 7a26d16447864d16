"""Health: the answers of the two probes."""

import json
import socket
import struct
from contextlib import ExitStack, suppress
from http import HTTPStatus
from http.client import HTTPConnection
from threading import Event, Thread
from threading import enumerate as enumerate_threads
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipeline.liveness import Liveness
from schemas.errors import RetryableError, SettingsError
from tests.harness import SOON, eventually
from tests.servers.dripping import held_open
from tests.workers.metrics.samples import values_of
from workers.metrics.process_metrics import ProcessMetrics
from workers.process import health as probes
from workers.process import retry
from workers.process.health import Health, served
from workers.process.retry import retry_until_stopped


def _ask(port: int, path: str) -> tuple[int, dict[str, object]]:
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=SOON) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refusal:
        return refusal.code, json.load(refusal) if refusal.code != HTTPStatus.NOT_FOUND else {}


def _is_alive(port: int) -> bool:
    with suppress(OSError):  # a busy machine takes longer to send a request than it has here
        return _ask(port, "/livez")[0] == HTTPStatus.OK
    return False


def _away() -> None:
    raise RetryableError("The broker is away.")


def test_a_process_whose_broker_is_away_is_unready_with_the_reason_and_alive() -> None:
    health = Health(Liveness(), {"broker": _away, "database": lambda: None})
    with served(health, "127.0.0.1", 0) as port:
        assert _ask(port, "/livez") == (HTTPStatus.OK, {"status": "ok", "failing": {}})
        assert _ask(port, "/readyz") == (
            HTTPStatus.SERVICE_UNAVAILABLE,
            {"status": "failing", "failing": {"broker": "The broker is away."}},
        )


def test_a_loop_that_hangs_makes_the_process_dead_and_one_that_ends_its_work_does_not() -> None:
    liveness = Liveness()
    with liveness.busy("importer"):
        assert liveness.hung() == []
        liveness.limit = -1.0
        assert liveness.hung() == ["importer"]
    assert liveness.hung() == []


def test_work_that_goes_on_piece_by_piece_does_not_hang() -> None:
    liveness = Liveness(limit=0.0)
    with liveness.busy("importer"):
        eventually(lambda: liveness.hung() == ["importer"], "it is late")
        liveness.limit = 60.0
        liveness.beat("importer")
        liveness.beat("nobody")
        assert liveness.hung() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/livez", 200),
        ("/livez/", 200),
        ("/livez?verbose=1", 200),
        ("/healthz", 200),
        ("/healthz/?exclude=broker", 200),
        ("/readyz", 503),
        ("/readyz/", 503),
        ("/readyz?x", 503),
        ("/metrics", 200),
        ("/metrics/", 200),
        ("/livez/importer", 404),
        ("/", 404),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_probes_are_answered_in_every_form_that_they_come_in(method: str, path: str, status: int) -> None:
    with served(Health(Liveness(), {"broker": _away}), "127.0.0.1", 0) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=SOON)
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
    assert (answer.status, bool(body)) == (status, method == "GET")
    assert status == HTTPStatus.NOT_FOUND or int(answer.headers["Content-Length"]) > 0


def test_a_loop_that_waits_makes_the_process_unready_with_its_newest_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "LASTING", 0.0)
    monkeypatch.setattr(probes, "CACHE_SECONDS", 0.0)
    health, stop, reasons = Health(Liveness(), {"database": lambda: None}), Event(), ["The server is away."]

    def work() -> None:
        if reasons:
            raise RetryableError(reasons[-1])

    waiting = Thread(target=retry_until_stopped, args=(work, "importer begins a batch", stop))
    waiting.start()
    eventually(lambda: health.unready() == {"importer begins a batch": "The server is away."}, "it waits")
    reasons.append("The database is read-only.")
    eventually(lambda: health.unready() == {"importer begins a batch": "The database is read-only."}, "its reason")
    reasons.clear()
    waiting.join(SOON)
    assert health.unready() == {}


def test_other_paths_are_not_found() -> None:
    with served(Health(Liveness(), {}), "127.0.0.1", 0) as port:
        assert _ask(port, "/metrics/importer")[0] == HTTPStatus.NOT_FOUND


def test_the_metrics_of_the_process_are_served_as_prometheus_reads_them() -> None:
    metrics = ProcessMetrics()
    metrics.relayed.labels("sent").inc(7)
    with (
        served(Health(Liveness(), {}, metrics), "127.0.0.1", 0) as port,
        urlopen(f"http://127.0.0.1:{port}/metrics?x=1", timeout=SOON) as answer,
    ):
        values = values_of(text_string_to_metric_families(answer.read().decode()))
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert values["crossdock_relayed_messages_total", (("result", "sent"),)] == 7


def test_a_port_that_is_taken_is_named() -> None:
    health = Health(Liveness(), {})
    with (
        served(health, "127.0.0.1", 0) as port,
        pytest.raises(SettingsError, match=str(port)),
        served(health, "127.0.0.1", port),
    ):
        pytest.fail("two answer at one port")


def test_probes_are_answered_at_ipv6_too() -> None:
    with served(Health(Liveness(), {}), "::1", 0) as port, socket.create_connection(("::1", port)):
        pass


def test_a_host_that_is_none_of_this_machines_is_named() -> None:
    with (
        pytest.raises(SettingsError, match=r"CROSSDOCK_HEALTH_HOST no\.such\.invalid with"),
        served(Health(Liveness(), {}), "no.such.invalid", 0),
    ):
        pytest.fail("nobody has that address")


def test_silent_connections_are_closed_and_hold_no_probe_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "REQUEST_SECONDS", 0.3)
    with served(Health(Liveness(), {}), "127.0.0.1", 0) as port, ExitStack() as ending:
        threads = set(enumerate_threads())
        silent = [ending.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(50)]
        silent[0].sendall(b"GET /li")
        eventually(lambda: _is_alive(port), "a probe is answered")
        for one in silent:
            one.settimeout(SOON)
            with suppress(ConnectionResetError):  # it was closed before the machine came to send the first bytes
                assert one.recv(1) == b""
        eventually(lambda: threads.issuperset(enumerate_threads()), "no thread is left")


def test_a_client_that_never_ends_its_headers_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "REQUEST_SECONDS", 0.3)
    with served(Health(Liveness(), {}), "127.0.0.1", 0) as port:
        threads = set(enumerate_threads())
        assert not held_open(port, b"GET /livez HTTP/1.1\r\n", b"X-A: b\r\n")
        eventually(lambda: threads.issuperset(enumerate_threads()), "no thread is left")


def test_who_hangs_up_in_the_middle_leaves_no_traceback(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "REQUEST_SECONDS", SOON)
    with served(Health(Liveness(), {}), "127.0.0.1", 0) as port:
        threads = set(enumerate_threads())
        with socket.create_connection(("127.0.0.1", port)) as one:
            eventually(lambda: not threads.issuperset(enumerate_threads()), "it is taken")
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closes without a farewell
        eventually(lambda: threads.issuperset(enumerate_threads()), "no thread is left")
    assert capfd.readouterr().err == ""
