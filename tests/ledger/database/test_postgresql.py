"""Connections to PostgreSQL keep nobody waiting without end."""

from collections.abc import Callable, Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from ledger.batches import BatchRecord
from ledger.database.postgresql import BoundedConnection
from ledger.encryption.cipher import Cipher
from ledger.errors import LedgerUnavailableError
from ledger.ledger import Ledger
from ledger.unit_of_work import UnitOfWork
from tests.events.tcp_proxy import TcpProxy
from tests.ledger.conftest import KEY
from tests.ledger.values import a_key, an_order

pytestmark = pytest.mark.postgres


@pytest.fixture
def proxy(migrated_database_url: str) -> Iterator[TcpProxy]:
    """Between client and database."""
    parts = urlsplit(migrated_database_url)
    with closing(TcpProxy(parts.hostname or "", parts.port or 5432)) as opened:
        yield opened


@pytest.fixture
def ledger(migrated_database_url: str, proxy: TcpProxy) -> Iterator[Ledger]:
    """A ledger behind the proxy."""
    parts = urlsplit(migrated_database_url)
    url = parts._replace(netloc=f"{parts.username}@127.0.0.1:{proxy.port}").geturl()
    with closing(Ledger.open(url, Cipher.of([KEY]))) as opened:
        yield opened


def _read(work: UnitOfWork, proxy: TcpProxy) -> None:
    proxy.stall()
    work.orders.counts()


def _look_up(work: UnitOfWork, proxy: TcpProxy) -> None:
    proxy.stall()
    work.look_up("importer", [(a_key("m1"), None)], lock=True)


def _write(work: UnitOfWork, proxy: TcpProxy) -> None:
    work.stores.add_missing(["store-1"])
    proxy.stall()
    work.stores.add_missing(["store-2"])


def _commit(work: UnitOfWork, proxy: TcpProxy) -> None:
    work.stores.add_missing(["store-1"])
    proxy.stall()
    work.record("importer", BatchRecord([an_order()], {}))


@pytest.mark.parametrize("act", [_read, _look_up, _write, _commit])
def test_a_frozen_server_counts_as_unavailable_after_a_while(
    act: Callable[[UnitOfWork, TcpProxy], None], ledger: Ledger, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.now()
    with monkeypatch.context() as hasty:
        hasty.setattr(BoundedConnection, "answer_timeout", 2.0)
        with pytest.raises(LedgerUnavailableError, match="has not answered for 2 seconds"), ledger.begin() as work:
            act(work, proxy)
    proxy.resume()
    with ledger.begin() as work:
        work.record("importer", BatchRecord([an_order(2)], {}))
