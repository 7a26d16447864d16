"""The proxy applies its conditions, and counts their effects."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from faults.proxy import NORMAL, NetworkConditions, Proxy
from tests.harness import SOON
from tests.servers.processes import wait_until


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that echoes its input."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                there, _ = listener.accept()
                threading.Thread(target=answer, args=(there,), daemon=True).start()

    def answer(there: socket.socket) -> None:
        with there, suppress(OSError):
            while data := there.recv(65536):
                there.sendall(data)

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    """A proxy before it."""
    proxy = Proxy(echo)
    yield proxy
    proxy.close()


def _echoed(client: socket.socket, text: bytes) -> bytes:
    client.sendall(text)
    delivery = b""
    with suppress(TimeoutError):
        while len(delivery) < len(text) and (piece := client.recv(65536)):
            delivery += piece
    return delivery


def _client(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=SOON)


@pytest.mark.parametrize(
    "conditions",
    [NORMAL, NetworkConditions(latency=0.05), NetworkConditions(sliced=True), NetworkConditions(rate=10_000)],
)
def test_bad_weather_changes_the_time_and_not_the_bytes(proxy: Proxy, conditions: NetworkConditions) -> None:
    proxy.conditions = conditions
    with _client(proxy) as client:
        assert _echoed(client, b"hello " * 100) == b"hello " * 100
    assert bool(proxy.counts) is (conditions is not NORMAL)


def test_a_cut_resets_connections_and_lets_new_ones_in(proxy: Proxy) -> None:
    with _client(proxy) as client:
        assert _echoed(client, b"hello") == b"hello"
        assert proxy.cut() == 1
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    with _client(proxy) as client:
        assert _echoed(client, b"hello") == b"hello"


def test_a_black_hole_swallows_the_connections_that_begin_so_and_no_others(proxy: Proxy) -> None:
    with _client(proxy) as publisher, _client(proxy) as consumer:
        assert _echoed(publisher, b"publishes") == b"publishes"
        assert _echoed(consumer, b"consumes") == b"consumes"
        proxy.conditions = NetworkConditions(blackhole=b"publishes")
        publisher.settimeout(1.0)
        assert _echoed(publisher, b"hello") == b""
        assert _echoed(consumer, b"hello") == b"hello"
        assert wait_until(lambda: proxy.counts["bytes swallowed"] == len(b"hello"), seconds=SOON)


def test_a_proxy_that_refuses_resets_new_connections(proxy: Proxy) -> None:
    proxy.conditions = NetworkConditions(refused=True)
    with pytest.raises(ConnectionResetError), _client(proxy) as client:
        client.recv(1)
    assert proxy.counts["connections refused"] == 1


def test_the_answer_to_a_commit_is_lost_after_the_server_gave_it(proxy: Proxy) -> None:
    proxy.conditions = NetworkConditions(commits_to_lose=1)
    with _client(proxy) as client:
        client.sendall(b"Q\x00\x00\x00\x0bCOMMIT\x00")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert wait_until(lambda: proxy.counts["commits lost"] == 1, seconds=SOON)
    with _client(proxy) as client:
        assert _echoed(client, b"COMMIT\x00") == b"COMMIT\x00"
