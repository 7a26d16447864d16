"""Calls that are repeated at once: which, how often, and when it is left to the next attempt."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from gateways.errors import CallFailedError, CallRefusedError, ThrottledError
from gateways.http.call import Call
from gateways.http.client import Conditions, HttpClient
from gateways.http.repeats import TRIES
from tests.gateways.http.server import Received, Respond, Server, answer
from tests.gateways.http.test_client import Log

READ = Call("look up an order", "GET", "/V1/orders")
ADD = Call("add an item", "POST", "/V1/carts/1/items", body={})
SET = Call("set the shipping", "POST", "/V1/carts/1/shipping-information", body={}, repeatable=True)
DONE, UNAVAILABLE, TOO_MANY = answer(200, "{}"), answer(503, "{}"), answer(429, "{}")


def lost(_: Received, connection: socket.socket) -> None:
    """Break the connection in the middle of the answer."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{")
    connection.shutdown(socket.SHUT_RDWR)


def each(*responses: Respond) -> Respond:
    """Answer one call after the other, the last answer again and again."""
    left = list(responses)

    def respond(received: Received, connection: socket.socket) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(received, connection)

    return respond


@pytest.fixture
def client(server: Server, log: Log) -> Iterator[HttpClient]:
    with closing(HttpClient("commerce", server.url, conditions=Conditions(2, error_log=log))) as opened:
        yield opened


@pytest.mark.parametrize("first", [lost, UNAVAILABLE, TOO_MANY])
@pytest.mark.parametrize("call", [READ, SET], ids=["by its method", "by its word"])
def test_a_call_that_may_be_repeated_gets_its_answer_and_is_no_communication_error(
    server: Server, client: HttpClient, log: Log, first: Respond, call: Call
) -> None:
    server.respond = each(first, first, DONE)
    assert client.call(call).data == {}
    assert (len(server.requests), log.errors) == (3, [])


@pytest.mark.parametrize("first", [lost, UNAVAILABLE])
def test_a_call_with_a_second_effect_is_not_repeated_when_it_may_have_been_carried_out(
    server: Server, client: HttpClient, first: Respond
) -> None:
    server.respond = each(first, DONE)
    with pytest.raises(CallFailedError):
        client.call(ADD)
    assert len(server.requests) == 1


def test_a_call_that_was_throttled_is_repeated_whatever_it_does(server: Server, client: HttpClient) -> None:
    server.respond = each(TOO_MANY, DONE)
    assert client.call(ADD).data == {}


def test_a_call_that_found_no_connection_is_repeated_whatever_it_does(log: Log) -> None:
    sent: list[str] = []

    class Counting:
        def headers(self, call: Call, url: str) -> dict[str, str]:
            sent.append(call.operation)
            return {}

        def renew(self) -> bool:
            return False

    unreachable = HttpClient("commerce", "http://127.0.0.1:1", Counting(), conditions=Conditions(error_log=log))
    with closing(unreachable), pytest.raises(CallFailedError):
        unreachable.call(ADD)
    assert len(sent) == TRIES
    assert [error.code for error in log.errors] == ["unreachable"]


def test_it_is_one_communication_error_in_the_end(server: Server, client: HttpClient, log: Log) -> None:
    server.respond = lost
    with pytest.raises(CallFailedError):
        client.call(READ)
    assert (len(server.requests), len(log.errors)) == (TRIES, 1)


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_refusal_and_an_internal_error_are_not_repeated(server: Server, client: HttpClient, status: int) -> None:
    server.respond = answer(status, '{"message": "no"}')
    with pytest.raises((CallFailedError, CallRefusedError)):
        client.call(READ)
    assert len(server.requests) == 1


def test_the_wait_that_is_asked_for_is_kept(
    server: Server, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float | None] = []
    monkeypatch.setattr(client._closed, "wait", waits.append)
    server.respond = each(answer(429, "{}", retry_after="2"), DONE)
    client.call(READ)
    assert waits == [2.0]


def test_a_wait_that_is_too_long_is_left_to_the_next_attempt(server: Server, client: HttpClient) -> None:
    server.respond = answer(429, "{}", retry_after="30")
    with pytest.raises(ThrottledError) as failed:
        client.call(READ)
    assert (len(server.requests), failed.value.retry_after, failed.value.is_outage) == (1, 30.0, False)
