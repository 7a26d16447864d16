"""Adobe's signature, against one that was made elsewhere and checked by Adobe's own library."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from gateways.commerce.io_events.public_keys import KEY_LIFETIME, MAX_KEYS, PublicKeys
from gateways.commerce.io_events.signature import check_signature
from gateways.errors import SignatureError
from gateways.http.error_log import NoErrorLog
from tests.gateways.http.server import Server, answer, serving

BODY = rb'{"order":{"increment_id":"902-1106328-1059050","name":"Zo\u00eb"}}'
KEY = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuX/yA+2Lw3ivnKHPyK3U
lB/UwT7mTxaSBeZepjvhKvnpXClFOwpEOGN/nDYia/tLgGei/i33Caoxfu9SPhfC
OfBuU00s9UpRz3FLhqCZps5bTk8ONvefeor7qy2oPqREYL0yOwH8Omr3iUCB43Aa
M8T+4wvMECJzB1GAKb4U+S2OcfLfzqDI08O3erXMbEXr875Wm2b5ZkVe1Bvw5M1H
dcIRpDawBGuE99MhtOUS7TNY++EqMxVinOCueMYylo1qNEw1uUUZo0SU3Im+eK2M
RUt05Wm9HJyho9DTd3yUS4gIhJUMwjuKBhBz2JxAfQvgPVh1m0azi+/gW93/BRHI
KQIDAQAB
-----END PUBLIC KEY-----
"""
SIGNATURE = (
    "A3TU3k0Gz8mRkEuj5kowgjq0IeeQGj8Z4/YbsXu3TmhEYNtvc9hXSuIFt+HfrMjPq/JVIUiQwFLzgHmaE4z8qr8Hgsh0+Yo+THHXuy/tdDGyXhZX"
    "SkdiN2APiusclMb2Efkt9M4ncmgS/e9xCKFyVXZp4RwKWSzgZUkXiW4w8OYRHaWPVNbH66hBfnH+rmUbvWQGtoy/gJOZ6Tuv/yCdmWJ9CE9WEcQH"
    "6ahCnp0RpEt5SdPKhJB/XqII+BBcns4xGOhzAS1XumN8RVTmjsVGy7xkIb5vKzhh4ZZ42JP0PpMm2yo5+ccujeOJe4Ua69MgrurSvFpbBmPGs30E"
    "A6glCg=="
)
PATH = "/prod/keys/pub-key-{}.pem"
HEADERS = {"x-adobe-digital-signature-1": SIGNATURE, "x-adobe-public-key1-path": PATH.format("0")}


@pytest.fixture
def host() -> Iterator[Server]:
    with serving(answer(200, KEY, "application/x-pem-file")) as server:
        yield server


def test_a_signature_fits_its_body_and_no_other(host: Server) -> None:
    with closing(PublicKeys(host.url, NoErrorLog())) as keys:
        assert check_signature(BODY, HEADERS, keys) == BODY
        with pytest.raises(SignatureError, match="not Adobe's"):
            check_signature(BODY + b" ", HEADERS, keys)


def test_a_key_is_fetched_again_after_a_day(host: Server) -> None:
    time = [0.0]
    with closing(PublicKeys(host.url, NoErrorLog(), lambda: time[0])) as keys:
        for now in (0.0, KEY_LIFETIME - 1, KEY_LIFETIME + 1):
            time[0] = now
            assert keys.key(PATH.format("0"))
    assert len(host.requests) == 2


def test_a_file_that_is_no_key_proves_nothing(host: Server) -> None:
    host.respond = answer(200, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "text/plain")
    with closing(PublicKeys(host.url, NoErrorLog())) as keys, pytest.raises(SignatureError):
        check_signature(BODY, HEADERS, keys)


def test_made_up_paths_do_not_fill_the_memory(host: Server) -> None:
    host.respond = answer(404, b"<Error/>", "application/xml")
    with closing(PublicKeys(host.url, NoErrorLog())) as keys:
        for number in range(MAX_KEYS + 8):
            assert keys.key(PATH.format(number)) is None
        assert len(keys._known) == MAX_KEYS
