"""PostgreSQL on another machine is spoken to over TLS, unless the settings say otherwise."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from ledger.database.encryption_in_transit import require_encryption
from ledger.encryption.cipher import Cipher
from ledger.errors import LedgerUnavailableError
from ledger.ledger import Ledger
from schemas.errors import SettingsError
from tests.events.rabbitmq.tls import CertificateAuthority
from tests.harness import eventually
from tests.ledger.conftest import KEY
from tests.servers.postgresql import START_TIMEOUT, answers
from tests.servers.postgresql_cluster import Cluster
from tests.servers.processes import wait_until
from tests.servers.tiers import Server, UnavailableError


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


@pytest.fixture
def tls_cluster() -> Iterator[tuple[Cluster, Path]]:
    """A cluster with TLS, and the folder of its certificates; the authority's is `authority.pem`."""
    with TemporaryDirectory() as folder:
        run = Path(folder)
        run.chmod(0o711)
        files = (f"ssl_cert_file={run}/127.0.0.1.pem", f"ssl_key_file={run}/127.0.0.1.key")
        try:
            cluster = Cluster(run, ("fsync=off", "ssl=on", *files))
        except UnavailableError as reason:
            pytest.skip(str(reason))
        _issue(run)
        cluster.start()
        try:
            assert wait_until(lambda: answers(Server(cluster.url)), seconds=START_TIMEOUT, alive=lambda: cluster.alive)
            yield cluster, run
        finally:
            cluster.kill()


def _issue(folder: Path) -> None:
    identity = CertificateAuthority(folder, "authority").issue("127.0.0.1")
    identity.key.chmod(0o600)
    if os.geteuid() == 0:
        shutil.chown(identity.key, "postgres")


@pytest.mark.slow
def test_a_private_authority_is_trusted_and_its_file_read_at_each_connection(tls_cluster: tuple[Cluster, Path]) -> None:
    cluster, folder = tls_cluster
    url = f"{cluster.url}?sslmode=verify-full&sslrootcert={folder}/authority.pem"
    with closing(Ledger.open(url, Cipher.of([KEY]))) as ledger:
        ledger.migrate()
        _issue(folder)  # another authority, as at a rotation
        with closing(psycopg.connect(cluster.url, autocommit=True)) as administrator:
            administrator.execute("SELECT pg_reload_conf()")
        ledger._engine.dispose()
        eventually(lambda: _is_current(ledger), "both have the new certificates")
        CertificateAuthority(folder, "authority")  # one that did not sign the server's
        with pytest.raises(LedgerUnavailableError, match=r"cannot be encrypted .*SSL error.*correct sslmode"):
            Ledger.open(url, Cipher.of([KEY]))


def _is_current(ledger: Ledger) -> bool:
    with suppress(LedgerUnavailableError):
        ledger.check_version()
        return True
    return False
