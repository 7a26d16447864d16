"""PostgreSQL on another machine is spoken to over TLS, unless the settings say otherwise."""

import socket
import threading
from collections.abc import Iterator

import pytest

from ledger.database.encryption_in_transit import require_encryption
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from schemas.errors import SettingsError
from tests.ledger.conftest import KEY


@pytest.mark.parametrize(
    ("host", "arguments", "mode"),
    [
        ("db.example.com", {}, "require"),
        ("192.0.2.7", {}, "require"),
        ("2001:db8::7", {}, "require"),
        ("db.example.com", {"sslmode": "prefer"}, "require"),
        ("db.example.com", {"sslmode": "allow"}, "require"),
        ("db.example.com", {"sslmode": "disable"}, "disable"),
        ("db.example.com", {"sslmode": "verify-full"}, "verify-full"),
        (None, {"host": "localhost,db.example.com"}, "require"),
        (None, {"host": "localhost", "hostaddr": "192.0.2.7"}, "require"),
        ("localhost", {}, None),
        ("127.0.0.1", {}, None),
        ("127.8.8.8", {}, None),
        ("::1", {}, None),
        (None, {}, None),
        (None, {"host": "/run/postgresql"}, None),
        (None, {"host": "@socket,localhost"}, None),
        ("db.example.com", {"hostaddr": "127.0.0.1"}, None),
    ],
)
def test_encryption_is_required_from_other_machines(
    host: str | None, arguments: dict[str, str], mode: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)
    assert require_encryption(arguments, host, allow_unencrypted=False).get("sslmode") == mode
    assert require_encryption(arguments, host, allow_unencrypted=True) == arguments


def test_the_environment_of_libpq_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example.com")
    assert require_encryption({}, None, allow_unencrypted=False) == {"sslmode": "require"}
    monkeypatch.setenv("PGSSLMODE", "verify-ca")
    assert require_encryption({}, None, allow_unencrypted=False) == {}


@pytest.fixture
def without_tls() -> Iterator[int]:
    """The port of a server that answers a request for TLS as PostgreSQL without it does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(8)
                client.sendall(b"N")
                client.recv(1)

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def test_a_server_without_tls_is_refused_with_both_ways_out(without_tls: int) -> None:
    url = f"postgresql://u@127.0.0.1:{without_tls}/d?sslmode=require"
    with pytest.raises(SettingsError, match=r"offers no encryption; set ssl = on .* CROSSDOCK_ALLOW_UNENCRYPTED=true"):
        Ledger.open(url, Cipher.of([KEY]))
