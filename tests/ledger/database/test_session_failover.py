"""After a failover the ledger goes on at the promoted standby, by itself and with nothing lost."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from ledger.batches import BatchRecord
from ledger.encryption.cipher import Cipher
from ledger.errors import LedgerUnavailableError
from ledger.ledger import Ledger
from tests.harness import eventually
from tests.ledger.conftest import KEY
from tests.ledger.values import an_order
from tests.servers.postgresql import START_TIMEOUT, answers
from tests.servers.postgresql_cluster import Cluster, Standby
from tests.servers.processes import wait_until
from tests.servers.tiers import Server, UnavailableError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def pair() -> Iterator[tuple[Cluster, Standby]]:
    """A primary and its standby."""
    with TemporaryDirectory() as folder, ExitStack() as ending:
        run = Path(folder)
        try:
            primary = Cluster(run, ("fsync=off",), _folder(run, "primary"))
        except UnavailableError as reason:
            pytest.skip(str(reason))
        _start(primary)
        ending.callback(primary.kill)
        standby = Standby(run, primary, run / "standby")
        _start(standby)
        ending.callback(standby.kill)
        yield primary, standby


def _folder(run: Path, name: str) -> Path:
    folder = run / name
    folder.mkdir()
    folder.chmod(0o711)
    return folder


def _start(cluster: Cluster) -> None:
    cluster.start()
    assert wait_until(lambda: answers(Server(cluster.url)), seconds=START_TIMEOUT, alive=lambda: cluster.alive)


@pytest.mark.parametrize("old", ["dies", "only reads from now on"])
def test_the_ledger_goes_on_at_the_promoted_standby(old: str, pair: tuple[Cluster, Standby]) -> None:
    primary, standby = pair
    hosts = f"host=127.0.0.1,127.0.0.1&port={primary.port},{standby.port}&target_session_attrs=read-write"
    with closing(Ledger.open(f"postgresql://postgres@/postgres?{hosts}", Cipher.of([KEY]))) as ledger:
        ledger.migrate()
        _record(ledger, 1)
        eventually(lambda: _has_order(standby), "the standby has the order")
        if old == "dies":
            primary.kill()
        else:  # its sessions stay open, as after a switch-over
            _execute(primary, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
        _execute(standby, "SELECT pg_promote()")
        eventually(lambda: _try_to_record(ledger), "it writes again")
        ledger.check_writable()
        with ledger.read() as work:
            assert sum(work.orders.counts()["status"].values()) == 2
        assert _port(ledger) == standby.port


def _record(ledger: Ledger, number: int) -> None:
    with ledger.begin() as work:
        work.record("", BatchRecord([an_order(number)], {}))


def _try_to_record(ledger: Ledger) -> bool:
    try:
        _record(ledger, 2)
    except LedgerUnavailableError:
        return False
    return True


def _execute(cluster: Cluster, *statements: str) -> object:
    """Execute statements, and return the first value of the last one, if it has rows."""
    with closing(psycopg.connect(cluster.url, autocommit=True)) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def _has_order(standby: Cluster) -> bool:
    try:
        return _execute(standby, "SELECT count(*) FROM orders") == 1
    except psycopg.errors.UndefinedTable:
        return False


def _port(ledger: Ledger) -> int:
    with ledger._engine.connect() as connection:
        return int(connection.exec_driver_sql("SHOW port").scalar_one())
