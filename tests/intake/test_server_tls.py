"""The intake's own TLS: its certificate is renewed in place, and clients may need one of theirs."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import httpx2
import pytest

from intake.app import IntakeParts, create_app
from intake.server import IntakeServer
from schemas.errors import SettingsError
from tests.events.rabbitmq.tls import CertificateAuthority, Identity
from tests.harness import SOON
from tests.servers.certificates import served_pem, trusting
from workers.process.parts import Parts
from workers.process.served_certificate import served_certificate

SETTING = "CROSSDOCK_INTAKE_TLS"


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority(tmp_path, "authority")


@pytest.fixture
def serve(parts: Parts) -> Iterator[Callable[..., int]]:
    """Return a function that serves the intake with a certificate until the end of the test, and returns the port."""

    @contextmanager
    def serving(identity: Identity, clients: Path | None) -> Iterator[int]:
        certificate = served_certificate(
            SETTING, str(identity.certificate), str(identity.key), str(clients) if clients else None
        )
        app = create_app(IntakeParts(parts.ledger, parts.bus))
        server, stop = IntakeServer(app, "127.0.0.1", 0, None, certificate), Event()
        thread = Thread(target=server.run, args=(stop,))
        thread.start()
        try:
            yield server.port
        finally:
            stop.set()
            thread.join(SOON)

    with ExitStack() as stack:

        def served(identity: Identity, clients: Path | None = None) -> int:
            return stack.enter_context(serving(identity, clients))

        yield served


def test_a_new_certificate_is_served_without_a_restart_and_open_connections_stay(
    authority: CertificateAuthority, serve: Callable[..., int]
) -> None:
    identity = authority.issue("127.0.0.1")
    port = serve(identity)
    first = served_pem(port, trusting(authority))
    assert first == identity.certificate.read_bytes()
    with httpx2.Client(verify=trusting(authority), base_url=f"https://127.0.0.1:{port}") as client:
        assert client.get("/events").status_code == 405
        authority.issue("127.0.0.1")
        renewed = served_pem(port, trusting(authority))
        assert renewed == identity.certificate.read_bytes() != first
        assert client.get("/events").status_code == 405


def test_files_that_do_not_fit_leave_the_former_certificate(
    authority: CertificateAuthority, serve: Callable[..., int]
) -> None:
    identity = authority.issue("127.0.0.1")
    port = serve(identity)
    first, former_key = identity.certificate.read_bytes(), identity.key.read_bytes()
    authority.issue("127.0.0.1")
    new_key = identity.key.read_bytes()
    identity.key.write_bytes(former_key)
    assert served_pem(port, trusting(authority)) == first
    identity.key.unlink()
    assert served_pem(port, trusting(authority)) == first
    identity.key.write_bytes(new_key)
    assert served_pem(port, trusting(authority)) == identity.certificate.read_bytes()


def test_only_clients_of_the_authorities_are_let_in(
    authority: CertificateAuthority, serve: Callable[..., int], tmp_path: Path
) -> None:
    clients, identity = CertificateAuthority(tmp_path, "clients"), authority.issue("127.0.0.1")
    stranger = CertificateAuthority(tmp_path, "strangers").issue("stranger.example.com")
    client = clients.issue("client.example.com")
    port = serve(identity, clients.certificate)
    for unknown in (None, stranger):
        with pytest.raises(OSError, match=r"certificate required|unknown ca|ended the connection|reset"):
            served_pem(port, trusting(authority, unknown))
    assert served_pem(port, trusting(authority, client)) == identity.certificate.read_bytes()
    clients.certificate.write_bytes(CertificateAuthority(tmp_path, "later clients").certificate.read_bytes())
    with pytest.raises(OSError, match=r"unknown ca|decrypt error|ended the connection|reset"):
        served_pem(port, trusting(authority, client))


def test_without_tls_a_request_gets_no_answer(authority: CertificateAuthority, serve: Callable[..., int]) -> None:
    port = serve(authority.issue("127.0.0.1"))
    with pytest.raises(httpx2.HTTPError):
        httpx2.get(f"http://127.0.0.1:{port}/events")


def test_files_that_are_no_certificate_are_named(authority: CertificateAuthority, tmp_path: Path) -> None:
    certificate, key = map(str, authority.issue("127.0.0.1"))
    other = str(authority.issue("127.0.0.2").key)
    empty = tmp_path / "empty.pem"
    empty.touch()
    for files in [(certificate, other), (certificate, None), (str(tmp_path / "none.pem"), key), (str(empty), key)]:
        with pytest.raises(SettingsError, match=f"{SETTING}_CERT_FILE and {SETTING}_KEY_FILE are not a certificate"):
            served_certificate(SETTING, *files)
    with pytest.raises(SettingsError, match=f"{SETTING}_CLIENT_CA_FILE has no certificate"):
        served_certificate(SETTING, certificate, key, str(empty))
    with pytest.raises(SettingsError, match=f"{SETTING}_CERT_FILE is missing"):
        served_certificate(SETTING, None, key)
    assert served_certificate(SETTING, None, None) is None
