"""The console's own TLS: its certificate is renewed in place."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from schemas.settings import read_settings
from tests.events.rabbitmq.tls import CertificateAuthority
from tests.servers.certificates import served_pem, trusting
from tests.servers.dripping import held_open
from web.server import serving
from workers.process.timed_requests import TimedRequests


def test_a_new_certificate_is_served_without_a_restart(app: FastAPI, tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path, "authority")
    certificate, key = authority.issue("127.0.0.1")
    settings = read_settings(
        {"CROSSDOCK_CONSOLE_TLS_CERT_FILE": str(certificate), "CROSSDOCK_CONSOLE_TLS_KEY_FILE": str(key)}
    )
    with serving(app, settings, or_free_port=True) as address:
        scheme, _, where = address.partition("://")
        port = int(where.rpartition(":")[2])
        first = served_pem(port, trusting(authority))
        authority.issue("127.0.0.1")
        assert (scheme, served_pem(port, trusting(authority))) == ("https", certificate.read_bytes())
        assert first != certificate.read_bytes()


def test_a_client_that_never_ends_its_headers_is_disconnected(
    app: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TimedRequests, "head_seconds", 0.3)
    authority = CertificateAuthority(tmp_path, "authority")
    certificate, key = authority.issue("127.0.0.1")
    files = {"CROSSDOCK_CONSOLE_TLS_CERT_FILE": str(certificate), "CROSSDOCK_CONSOLE_TLS_KEY_FILE": str(key)}
    with serving(app, read_settings(files), or_free_port=True) as address:
        port = int(address.rpartition(":")[2])
        assert not held_open(port, b"GET / HTTP/1.1\r\n", b"X-A: b\r\n", trusting(authority))
        assert not held_open(port, b"", b"", trusting(authority))
