"""The reconciliation in progress: of two processes that go on with it at once, one does."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from ledger.encryption.cipher import Cipher
from ledger.errors import OrderChangedMeanwhileError
from ledger.ledger import Ledger
from schemas.reconciliation import Reconciliation, ReconciliationRun, Step
from tests.harness import eventually
from tests.ledger.conftest import KEY

NOW = datetime(2026, 1, 3, tzinfo=UTC)
BEGUN = ReconciliationRun(
    outcome=Reconciliation(
        at=NOW, since=NOW - timedelta(days=2), until=NOW, orders=0, differences=(), notes=(), complete=True
    )
)
NEXT = BEGUN.with_fields(step=Step.RECORDED)

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def _go_on(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.reconciliations.go_on(BEGUN, NEXT)


@pytest.mark.postgres
def test_of_two_processes_that_go_on_at_once_one_does(migrated_database_url: str) -> None:
    with (
        closing(Ledger.open(migrated_database_url, Cipher.of([KEY]))) as ledger,
        closing(psycopg.connect(migrated_database_url, autocommit=True)) as beside,
        ThreadPoolExecutor(1) as other,
    ):
        with ledger.begin() as work:
            work.reconciliations.go_on(None, BEGUN)
        with ledger.begin() as work:
            work.reconciliations.go_on(BEGUN, NEXT)
            late = other.submit(_go_on, ledger)
            eventually(lambda: late.done() or beside.execute(WAITING).fetchone() == (1,), "the other waits")
        with pytest.raises(OrderChangedMeanwhileError):
            late.result(60.0)
