"""Signing in to Commerce as a Cloud Service, and the renewal of a token that is refused."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import parse_qs

import pytest

from gateways.commerce.ims import IMS_ERRORS, ImsKeys, ims_token
from gateways.errors import CallFailedError
from gateways.http.call import Call
from gateways.http.client import HttpClient
from gateways.http.outcome import Outcome
from gateways.secrets import Secret
from tests.gateways.http.server import Received, Server, answer, serving

CALL = Call("look up orders", "GET", "/V1/orders")


@pytest.fixture
def ims() -> Iterator[Server]:
    with serving(answer(200, json.dumps({"access_token": "first", "expires_in": 86399}))) as served:
        yield served


@pytest.fixture
def commerce() -> Iterator[Server]:
    with serving() as served:
        yield served


@pytest.fixture
def client(ims: Server, commerce: Server) -> Iterator[HttpClient]:
    keys = ImsKeys(Secret("ID", "client-1", None), Secret("SECRET", "secret-1", None), "org-1")
    with (
        closing(HttpClient("commerce", ims.url, errors=IMS_ERRORS)) as sign_in,
        closing(HttpClient("commerce", commerce.url, ims_token(keys, sign_in))) as opened,
    ):
        yield opened


def test_one_token_signs_many_calls(client: HttpClient, ims: Server, commerce: Server) -> None:
    for _ in range(3):
        client.call(CALL)
    (sign_in,) = ims.requests
    form = parse_qs(sign_in.body.decode())
    assert (form["grant_type"], form["client_id"]) == (["client_credentials"], ["client-1"])
    assert "commerce.accs" in form["scope"][0]
    sent = commerce.requests[-1].headers
    assert (sent["authorization"], sent["x-api-key"], sent["x-gw-ims-org-id"]) == ("Bearer first", "client-1", "org-1")


def test_a_refused_token_is_replaced_once(client: HttpClient, ims: Server, commerce: Server) -> None:
    def only_second(received: Received, connection: socket.socket) -> None:
        known = received.headers["authorization"] == "Bearer second"
        ims.respond = answer(200, json.dumps({"access_token": "second", "expires_in": 86399}))
        answer(200 if known else 401, "{}")(received, connection)

    commerce.respond = only_second
    assert client.call(CALL).status == 200
    assert len(ims.requests) == 2


@pytest.mark.parametrize(
    ("body", "outcome", "code"),
    [
        ('{"error": "invalid_client"}', Outcome.BLOCKED, "invalid_client"),
        ('{"error": "see secret-1"}', Outcome.BLOCKED, "400"),
        ("<html>", Outcome.BROKEN, "400"),
    ],
)
def test_a_refused_sign_in_names_its_code(
    client: HttpClient, ims: Server, body: str, outcome: Outcome, code: str
) -> None:
    ims.respond = answer(400, body)
    with pytest.raises(CallFailedError) as failure:
        client.call(CALL)
    assert (failure.value.outcome, failure.value.code) == (outcome, code)
    assert "secret-1" not in str(failure.value)


def test_a_sign_in_without_a_token_is_broken(client: HttpClient, ims: Server) -> None:
    ims.respond = answer(200, "{}")
    with pytest.raises(CallFailedError, match="no token"):
        client.call(CALL)
